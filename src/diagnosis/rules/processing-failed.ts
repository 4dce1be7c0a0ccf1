import type { Act } from '../../journey/act.ts'
import { startOf } from '../../journey/crossings/crossing.ts'
import { forStatus, type StageStep } from '../../journey/path.ts'
import { createRouteMatcher } from '../../journey/route.ts'
import type { View } from '../../journey/view.ts'
import { latest, type UnixNanos } from '../../shared/units.ts'
import type { Course, Gap } from '../course.ts'
import { clockTime, nameLink, outcomeInWords, proofOfAct, proofOfRequest } from '../describe.ts'
import { lackingAt } from '../lacking.ts'
import { isHandoff, type Judgement, join, NOTHING, ownerOf, placed, type Rule, stageBehind } from '../rule.ts'
import { beginsAnew } from './message-redelivered.ts'
import { hintForFailure, isPlacing, isServersFault, linkOf, requestsBehind } from './placing-requests.ts'

/**
 * The owner's work for a stage ended in an error that is final. Proof: its error spans, as many as the contract grants attempts, or of a type it
 * never tries again; or any error once the deadline has passed without the outcome; or a person's request that the server failed.
 */
export const processingFailed: Rule = {
  code: 'processing-failed',
  provenBy: [['otlp'], ['probe']],
  judge: (course) => join(course.gaps.map((gap) => judge(course, gap))),
}

function judge(course: Course, gap: Gap): Judgement {
  if (gap.branch) return NOTHING
  const asked = isPlacing(course, gap) || !endsWithRequest(gap) ? null : failedRequest(course, gap)
  return asked ?? failedCall(course, gap) ?? failedWork(course, gap)
}

/** News on its way is no request's outcome; a request that failed beside it belongs to a later place. */
const endsWithRequest = ({ step }: Gap): boolean =>
  !isHandoff(step) || step.spec.kind === 'http' || step.spec.kind === 'person'

/** One system's call of another failed every time until the deadline, as the server's span tells, or the caller's where nothing listened. */
function failedCall(course: Course, gap: Gap): Judgement | null {
  if (!isHandoff(gap.step) || gap.step.spec.kind !== 'http') return null
  const { view } = course.assembly
  const { from, to } = gap.step.spec
  const text = forStatus(gap.step.spec.route, gap.step.status)
  if (text === null) return null
  const route = createRouteMatcher(text)
  const last = [...view.actsOf(from), ...view.actsOf(to)].findLast(
    (act) =>
      (act.op === 'serve' || act.op === 'call') && act.error !== null && route.matches(act.method, act.path, act.route),
  )
  const absence = last === undefined ? null : lackingAt(course, gap)
  if (last?.error === undefined || last.error === null || absence?.state !== 'proven') return null
  const proof = proofOfAct(view, last)
  return placed(gap, {
    code: 'processing-failed',
    class: 'work',
    severity: 'broken',
    handoff: gap.step.handoff,
    stage: stageBehind(gap),
    message: `${from} called ${to} over ${nameLink(gap.step)}, and ${to} failed it, last at ${clockTime(proof.at)}: ${last.error.type}${last.error.message === '' ? '' : `: ${last.error.message}`}.`,
    owner: ownerOf(course, to),
    hint: `look at the log of ${to} at that moment`,
    detectedAt: absence.at,
    evidence: [proof, ...absence.proof],
    explains: [],
  })
}

function failedRequest(course: Course, gap: Gap): Judgement | null {
  const { failed } = requestsBehind(course, gap)
  if (failed === null || !isServersFault(course, gap, failed)) return null
  const served = course.assembly.view
    .actsOf(failed.system)
    .find(({ span }) => span.parentSpanId === failed.span?.spanId)
  const error =
    served?.error === undefined || served.error === null ? '' : ` (${served.error.type}: ${served.error.message})`
  return placed(gap, {
    code: 'processing-failed',
    class: 'work',
    severity: 'broken',
    handoff: linkOf(gap),
    stage: gap.blocks?.stage ?? null,
    message: `The ${failed.by}'s ${failed.method} ${failed.path} at ${failed.system} (${linkOf(gap)}) ${outcomeInWords(failed)}${error}; ${gap.blocks?.stage ?? 'the order'} was not reached.`,
    owner: ownerOf(course, failed.system),
    hint: hintForFailure(failed),
    detectedAt: failed.seenAt,
    evidence: [proofOfRequest(failed), ...(served === undefined ? [] : [proofOfAct(course.assembly.view, served)])],
    explains: [],
  })
}

/** A retry loop may fail thousands of times; the last ones prove as much. */
const MAX_ERRORS_SHOWN = 10

function failedWork(course: Course, gap: Gap): Judgement {
  const stage = gap.blocks
  if (stage === null || stage.spec.by === 'person') return NOTHING
  const errors = errorsOfWork(course, gap, stage)
  const last = errors.at(-1)
  if (last?.error === undefined || last.error === null) return NOTHING
  const dataError = errors.find(({ error }) => error !== null && stage.spec.finalErrors?.includes(error.type) === true)
  const attempts = errors.filter(({ span }) => stage.spec.work?.includes(span.name) ?? true)
  const isSpent = attempts.length >= (stage.spec.attempts ?? Number.POSITIVE_INFINITY)
  const isFinal = dataError !== undefined || (isSpent && !beginsAnew(course, stage.stage))
  const absence = isFinal ? null : lackingAt(course, gap)
  if (absence !== null && absence.state !== 'proven') return NOTHING
  const telling = dataError ?? last
  const { type, message } = telling.error ?? { type: 'error', message: '' }
  const { view } = course.assembly
  const times = errors.length === 1 ? '' : `, ${errors.length} times`
  return placed(gap, {
    code: 'processing-failed',
    class: 'work',
    severity: 'broken',
    handoff: dataError !== undefined || cameThrough(course, stage) ? (stage.askedBy?.handoff ?? null) : null,
    stage: stage.stage,
    message: `${stage.spec.owner} failed to work out ${stage.stage} at ${clockTime(proofOfAct(view, telling).at)}${times}: ${type}${message === '' ? '' : `: ${message}`}.`,
    owner: ownerOf(course, stage.spec.owner),
    hint:
      dataError === undefined
        ? 'read the exception; when it is mended, start the work again'
        : 'look at the file or data it was given',
    detectedAt: errors.reduce(
      (at, act) => latest(at, act.fact.seenAt),
      absence === null ? telling.fact.seenAt : absence.at,
    ),
    evidence: [
      ...errors.slice(-MAX_ERRORS_SHOWN).map((act) => proofOfAct(view, act)),
      ...(absence === null ? [] : absence.proof),
    ],
    explains: [],
  })
}

/** The work failed over the hand-off that feeds it: fetching from storage is part of the work. */
function cameThrough(course: Course, { askedBy }: StageStep): boolean {
  if (askedBy === null || askedBy.spec.kind !== 'storage' || course.assembly.chain.crossed.has(askedBy.id)) return false
  return course.assembly.view.actsOf(askedBy.spec.from).some((act) => act.op === 'storage' && act.error !== null)
}

/**
 * The owner's failed attempts since the order came to it, the innermost span of each: by the contract's names of the work, or, without any, all
 * its error spans that no later success of the same name made good.
 */
function errorsOfWork(course: Course, gap: Gap, stage: StageStep): readonly Act[] {
  const { view } = course.assembly
  const acts = view.actsOf(stage.spec.owner)
  const named = stage.spec.work ?? []
  const ofWork = acts.filter(({ span }) => named.includes(span.name))
  const candidates =
    ofWork.length > 0 ? ofWork : acts.filter((act) => view.clocks.moment(startOf(act)).latest >= gap.since.earliest)
  const lastSuccess = new Map<string, UnixNanos>()
  for (const { error, span } of candidates)
    if (error === null) lastSuccess.set(span.name, latest(span.start, lastSuccess.get(span.name) ?? span.start))
  const failed = candidates.filter(
    ({ error, span }) => error !== null && !((lastSuccess.get(span.name) ?? 0n) >= span.end),
  )
  if (ofWork.length > 0) return failed
  const outer = actsAbove(view, failed)
  return failed.filter((act) => !outer.has(act))
}

/** Every act that has one of these below it. */
function actsAbove(view: View, acts: readonly Act[]): ReadonlySet<Act> {
  const above = new Set<Act>()
  for (const act of acts)
    for (let up = view.tree.parent(act); up !== undefined && up !== act && !above.has(up); up = view.tree.parent(up))
      above.add(up)
  return above
}
