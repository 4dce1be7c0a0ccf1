import type { ViewSpec } from '../../contract/contract.ts'
import type { PageLooked } from '../../evidence/fact.ts'
import type { Moment } from '../../journey/journey.ts'
import { durationMs } from '../../journey/path.ts'
import { fromMs, plus } from '../../shared/units.ts'
import type { Course, StageCourse } from '../course.ts'
import { clockTime } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { settleMs } from '../lacking.ts'
import { foundAt, type Place, pendingAt, uncheckedAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * The status is set, and the page a person works from does not show the order in time, or does not answer. Proof: at least two looks at the page since the
 * system had the status, the last one begun when it was due, none of which shows the order; all before the order went on and may be gone from the page. News that
 * has not come to the page's system is no fault of the page; nor is silence of a page whose whole system is away.
 */
export const notVisible: Rule = {
  code: 'not-visible',
  provenBy: [
    ['page', 'status-api'],
    ['page', 'otlp'],
    ['page', 'postgres'],
  ],
  judge: (course) =>
    join(Object.entries(course.assembly.view.contract.views ?? {}).map(([name, spec]) => judge(course, name, spec))),
}

const MIN_LOOKS = 2

function judge(course: Course, name: string, spec: ViewSpec): Judgement {
  const stage = course.stages.find(({ step }) => step.stage === spec.shows)
  const set = stage === undefined ? null : setAt(stage, spec.system)
  if (stage === undefined || set === null) return NOTHING
  const place = placeOf(course, stage, spec)
  const all = course.assembly.view.told('page-looked').filter(({ view }) => view === name)
  if (all.length === 0) return uncheckedAt(place, 'not-visible', `nobody looked at ${name}`)
  const until = goneFrom(course, spec)
  const looks = all.filter(
    (look) =>
      look.at.earliest >= set.latest && (until === null || look.at.latest < until.earliest) && speaks(course, look),
  )
  if (looks.some(({ outcome }) => outcome === 'shown')) return NOTHING
  const due = plus(set.latest, fromMs(durationMs(spec.within)))
  const [first] = looks
  const last = looks.at(-1)
  if (first === undefined || last === undefined || looks.length < MIN_LOOKS || last.at.earliest < due) {
    const patience = plus(due, fromMs(settleMs(course)))
    return until === null && course.now < patience ? pendingAt(place, patience, `a look at ${name}`) : NOTHING
  }
  return foundAt(place, {
    code: 'not-visible',
    class: 'view',
    severity: 'broken',
    message: `${spec.system} had ${spec.shows} at ${clockTime(set.best)}, and ${name} ${inWords(last)} at ${clockTime(last.at.latest)}; it should have by ${clockTime(due)} (${spec.handoff}).`,
    owner: ownerOf(course, spec.system),
    hint:
      last.outcome === 'no-answer'
        ? `see what keeps the page ${spec.path} of ${spec.system} from answering`
        : `compare the page ${spec.path} of ${spec.system} with what it shows of the order elsewhere; look for a cache`,
    detectedAt: last.seenAt,
    evidence: [proofOf(first, name), proofOf(last, name)],
  })
}

/** When the page's own system surely had the status. */
function setAt({ step, evidence, moment, mirrors }: StageCourse, system: string): Moment | null {
  if (step.spec.owner === system) return evidence === null ? null : moment
  return mirrors.find((mirror) => mirror.system === system)?.moment ?? null
}

/** From when the order may be gone from the page. */
function goneFrom(course: Course, { until }: ViewSpec): Moment | null {
  return course.stages.find(({ step }) => step.stage === until)?.moment ?? null
}

/** A page that does not answer speaks of itself only if its system, asked in another way, answered afterwards; as far as anybody asks it. */
function speaks(course: Course, look: PageLooked): boolean {
  if (look.outcome !== 'no-answer') return true
  const { view } = course.assembly
  const asked = [...view.answersOf(look.system), ...view.failuresOf(look.system)].filter(
    ({ source }) => source === 'status-api',
  )
  if (asked.length === 0) return true
  const next = asked
    .filter(({ at }) => at.latest >= look.at.latest)
    .reduce<(typeof asked)[number] | null>(
      (first, each) => (first === null || each.at.latest < first.at.latest ? each : first),
      null,
    )
  return next?.kind === 'status-answered'
}

/** The hand-off a person takes from the page, or whose news it shows, from the stage on. */
function placeOf(course: Course, stage: StageCourse, { handoff, system }: ViewSpec): Place {
  const index = course.assembly.path.findIndex(
    ({ step }, i) => i > stage.index && step.kind === 'handoff' && step.handoff === handoff,
  )
  return {
    index: index < 0 ? stage.index : index,
    branch: false,
    watched: system,
    handoff,
    stage: stage.step.stage,
  }
}

const inWords = ({ outcome, detail }: PageLooked): string => {
  const words = {
    shown: 'showed the order',
    'not-shown': 'did not show the order',
    wrong: 'did not show of the order what it must',
    'no-answer': 'did not answer',
  }
  return `${words[outcome]}${detail === null ? '' : ` (${detail})`}`
}

const proofOf = (look: PageLooked, name: string): Proof => ({
  source: look.source,
  at: look.seenAt,
  what: `${name} ${inWords(look)}`,
  ref: look.id,
})
