import type { StatusAnswered } from '../../evidence/fact.ts'
import type { Moment } from '../../journey/journey.ts'
import { fromMs, latest, plus } from '../../shared/units.ts'
import type { Course, StageCourse } from '../course.ts'
import { clockTime } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { looksOf, patienceWith, proofOfLook } from '../looks.ts'
import { foundAt, type Place, pendingAt } from '../place.ts'
import { type Judgement, NOTHING, ownerOf } from '../rule.ts'
import { isAtOrPast, leavesOut, type Sequence, sequenceOf } from '../sequence.ts'

/**
 * A stage was set although other systems had not come to the stages before it, whoever set it. Proof: the owner's own history leaves them out, and their own owner came to one of them only
 * after that, or denies it still. News that was merely lost leaves the same history: there the other system had come to them before. What is left out begins where
 * the path was left, so that whatever breaks behind that is a symptom.
 */
export function outOfTurn(course: Course, stage: StageCourse): Judgement {
  const { view } = course.assembly
  const { owner } = stage.step.spec
  const sequence = sequenceOf(view)
  const showing = looksAt(course, owner).filter(({ history }) => history?.includes(stage.step.stage) === true)
  const [look] = showing
  const last = showing.at(-1)
  if (look === undefined || last === undefined || stage.evidence === null) return NOTHING
  const set = view.clocks.moment(stage.evidence.point)
  const left = course.stages.filter(
    (other) => other.index < stage.index && isOthers(other, owner) && leavesOut(sequence, last, other.step.stage),
  )
  const open = left.map((other) => ({ other, when: comparedWith(course, sequence, other, set) }))
  const first = open.find(({ when }) => when.is !== 'before')
  const proven = open.find(({ when }) => when.is === 'after')
  if (first === undefined) return NOTHING
  const place = placeOf(course, stage, first.other)
  if (proven === undefined || proven.when.is !== 'after') {
    const until = plus(set.latest, fromMs(DECIDED_MS))
    return course.now < until
      ? pendingAt(place, until, `${first.other.step.stage} at ${first.other.step.spec.owner}`)
      : NOTHING
  }
  const names = left.map((other) => other.step.stage).join(', ')
  return foundAt(place, {
    code: 'status-skipped',
    class: 'order',
    severity: 'broken',
    message: `${owner} had the order in ${stage.step.stage} at ${clockTime(set.latest)} without ${names}: it was set out of its turn, while ${proven.other.step.spec.owner} had not come to ${proven.other.step.stage}.`,
    owner: ownerOf(course, owner),
    hint: `see who or what set ${stage.step.stage} in ${owner} before that moment`,
    detectedAt: latest(look.seenAt, proven.when.proof.at),
    evidence: [proofOfLook(look, `history ${look.history?.join(', ')}`), proven.when.proof],
  })
}

/** Another's stage that the system must show once it is reached. */
const isOthers = ({ step: { spec } }: StageCourse, system: string): boolean =>
  spec.owner !== system && spec.mirrors?.includes(system) === true

/** At the stage itself, whoever set it; in the order of causes where the path was left. */
const placeOf = ({ assembly: { path } }: Course, stage: StageCourse, left: StageCourse): Place => {
  const asked = path.findIndex(({ step }) => step === left.step.askedBy)
  return {
    index: asked < 0 ? left.index : asked,
    branch: false,
    watched: stage.step.spec.owner,
    handoff: null,
    stage: stage.step.stage,
  }
}

const looksAt = ({ assembly: { view } }: Course, system: string): readonly StatusAnswered[] =>
  looksOf(view)
    .flatMap((told) => (told.system === system ? told.looks : []))
    .toSorted((a, b) => (a.at.earliest < b.at.earliest ? -1 : 1))

/** By then the owner of a stage left out has been asked often enough. */
const DECIDED_MS = 5_000

/** Whether a stage had been reached when a later one was set. */
type When = { readonly is: 'before' | 'open' } | { readonly is: 'after'; readonly proof: Proof }

function comparedWith(course: Course, sequence: Sequence, { step, evidence }: StageCourse, set: Moment): When {
  const { view } = course.assembly
  const { owner } = step.spec
  const reached = evidence === null ? null : view.clocks.moment(evidence.point)
  if (reached !== null && evidence?.act != null) {
    if (reached.earliest <= set.latest) return { is: reached.latest < set.earliest ? 'before' : 'open' }
    const { fact } = evidence.act
    return {
      is: 'after',
      proof: {
        source: fact.source,
        at: fact.seenAt,
        what: `${owner} came to ${step.stage} only at ${clockTime(reached.best)}`,
        ref: fact.id,
      },
    }
  }
  const denied = looksAt(course, owner).filter(
    (other) => other.at.earliest >= set.latest && !isAtOrPast(sequence, other, step.stage),
  )
  // A copy that lags may deny what has long been reached: two sources do not lag alike, nor one for long.
  const last = denied.find(
    (other, i) =>
      denied.slice(0, i).some(({ source }) => source !== other.source) ||
      other.at.earliest >= plus(set.latest, fromMs(patienceWith(other.source))),
  )
  if (last !== undefined) return { is: 'after', proof: proofOfLook(last) }
  return { is: reached !== null && reached.latest < set.earliest ? 'before' : 'open' }
}
