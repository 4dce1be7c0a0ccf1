import type { DataExposed } from '../../evidence/fact.ts'
import { besidePath } from '../beside-path.ts'
import type { Course } from '../course.ts'
import { clockTime } from '../describe.ts'
import { type Judgement, join, ownerOf, type Rule } from '../rule.ts'

/**
 * A value planted in the test order's customer or model was seen in telemetry or in message headers. Proof: whoever saw it says which value and where; the value
 * itself is never kept. One finding for each exposer and each kind of value.
 */
export const personalDataExposed: Rule = {
  code: 'personal-data-exposed',
  provenBy: [['otlp'], ['rabbitmq']],
  judge: (course) => {
    const exposed = course.assembly.view.told('data-exposed')
    const alike = Map.groupBy(exposed, ({ by, what }) => JSON.stringify([by, what]))
    return join([...alike.values()].map((facts) => tell(course, facts)))
  },
}

const WORDS: Readonly<Record<string, string>> = {
  name: 'The customer’s name',
  email: 'The customer’s e-mail address',
  phone: 'The customer’s phone number',
  model: 'Content of the customer’s model',
}
const PLACES_NAMED = 3

function tell(course: Course, facts: readonly DataExposed[]): Judgement {
  const [first] = facts
  if (first === undefined) return { findings: [], unchecked: [] }
  const { by, what } = first
  const { contract } = course.assembly.view
  const system = Object.entries(contract.systems).find(([name, { services }]) => name === by || services.includes(by))
  const places = [...new Set(facts.map(({ where }) => where))].sort()
  const more = places.length > PLACES_NAMED ? ` and ${places.length - PLACES_NAMED} more` : ''
  return {
    unchecked: [],
    findings: [
      besidePath(course, {
        code: 'personal-data-exposed',
        message: `${WORDS[what] ?? `A planted value (${what})`} stands in what ${by} tells: ${places.slice(0, PLACES_NAMED).join(', ')}${more}, since ${clockTime(first.at.latest)}.`,
        owner: system === undefined ? by : ownerOf(course, system[0]),
        hint: 'leave the value out there, or mask it before it leaves the process; whoever may read traces and queues can read it',
        detectedAt: first.seenAt,
        evidence: facts
          .slice(0, PLACES_NAMED)
          .map(({ id, source, at, where }) => ({ source, at: at.latest, what: `${what} in ${where}`, ref: id })),
      }),
    ],
  }
}
