import type { StatusAnswered } from '../../evidence/fact.ts'
import type { Course } from '../course.ts'
import { clockTime } from '../describe.ts'
import { bySystem, type Looks, proofOfLook, tellerOf } from '../looks.ts'
import { firstProof, foundAt, placeUnderWay } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { sequenceOf } from '../sequence.ts'

/**
 * A value the contract calls fixed changed after the order was placed, while work on it was under way. Proof: two looks of one source that disagree on it, both
 * at an order that was placed; or one that told the very file that was sent, and a later one, of the placed order, that tells a file nobody sent.
 */
export const orderChanged: Rule = {
  code: 'order-changed',
  provenBy: [['status-api'], ['postgres']],
  judge: (course) => {
    const fixed = course.assembly.view.contract.content?.fixed ?? []
    return join(
      bySystem(course).map((sources) =>
        firstProof(sources.flatMap((told) => fixed.map((name) => judge(course, told, name)))),
      ),
    )
  },
}

interface Change {
  readonly before: StatusAnswered
  readonly after: StatusAnswered
}

function judge(course: Course, told: Looks, name: string): Judgement {
  const change = changeOf(course, told, name)
  if (change === null) return NOTHING
  const { before, after } = change
  const place = placeUnderWay(course, after.at.latest)
  if (place === null) return NOTHING
  return foundAt(place, {
    code: 'order-changed',
    class: 'order',
    severity: 'broken',
    message: `The ${name} of the order at ${told.system} was another at ${clockTime(after.at.latest)} than at ${clockTime(before.at.latest)}, while ${place.stage} was awaited.`,
    owner: ownerOf(course, told.system),
    hint: `see who or what changed the order in ${told.system} between these times`,
    detectedAt: after.seenAt,
    evidence: [proofOfLook(before, valueInWords(before, name)), proofOfLook(after, valueInWords(after, name))],
  })
}

function changeOf(course: Course, { looks }: Looks, name: string): Change | null {
  const { view } = course.assembly
  const sequence = sequenceOf(view)
  const placedFrom = Math.max(...[...course.placing].map((stage) => sequence.rank(stage)))
  const telling = looks.filter(({ content }) => content?.[name] !== undefined)
  const sent = new Set(view.told('file-sent').map(({ sha256 }) => sha256))
  const isPlaced = ({ status }: StatusAnswered): boolean => sequence.rank(status) >= placedFrom
  const told = ({ content }: StatusAnswered): string => content?.[name] ?? ''
  // Of each value the first look that may stand against a later one: hardly ever more than one.
  const firsts = new Map<string, StatusAnswered>()
  for (const look of telling) {
    const value = told(look)
    const before = [...firsts].find(
      ([other, first]) =>
        other !== value &&
        first.at.latest <= look.at.earliest &&
        (isPlaced(first) || (sent.has(other) && !sent.has(value))),
    )
    if (before !== undefined && isPlaced(look)) return { before: before[1], after: look }
    const first = firsts.get(value)
    if (first === undefined || (!isPlaced(first) && isPlaced(look))) firsts.set(value, look)
  }
  return null
}

/** Values may be anything a customer wrote; that they differ is enough. */
const valueInWords = (look: StatusAnswered, name: string): string => `the ${name} in ${look.status} (${tellerOf(look)})`
