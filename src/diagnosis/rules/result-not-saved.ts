import type { Act } from '../../journey/act.ts'
import { durationMs } from '../../journey/path.ts'
import { stageAct } from '../../journey/stage-evidence.ts'
import { fromMs, plus, type UnixNanos } from '../../shared/units.ts'
import type { Course, Gap } from '../course.ts'
import { clockTime, proofOfAct, proofOfRequest } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { lacking, lackingAt } from '../lacking.ts'
import { type Judgement, join, NOTHING, ownerOf, placed, type Rule } from '../rule.ts'
import { isPlacing, linkOf, observedLink, requestsBehind } from './placing-requests.ts'

/**
 * The work was done, its status never written. Proof: the owner's span of the work that ended well, or its answer of success to a person; and the
 * owner's own denial of the status after the deadline, by its answer or by its complete telemetry.
 */
export const resultNotSaved: Rule = {
  code: 'result-not-saved',
  provenBy: [
    ['otlp', 'status-api'],
    ['otlp', 'postgres'],
    ['probe', 'status-api'],
    ['probe', 'postgres'],
    ['probe', 'otlp'],
  ],
  judge: (course) => join(course.gaps.map((gap) => judge(course, gap))),
}

function judge(course: Course, gap: Gap): Judgement {
  if (gap.step.kind !== 'stage' || isPlacing(course, gap)) return NOTHING
  return gap.step.spec.by === 'person' ? afterRequest(course, gap) : afterWork(course, gap)
}

function afterRequest(course: Course, gap: Gap): Judgement {
  const { succeeded } = requestsBehind(course, gap)
  if (succeeded === null) return afterServing(course, gap)
  const within = gap.step.kind === 'stage' ? durationMs(gap.step.askedBy?.spec.within) : 0
  const deadline = plus(succeeded.at.latest, fromMs(within))
  const absence = lacking(course, gap.watched, gap.news, succeeded.at.earliest, deadline)
  if (absence.state !== 'proven') return NOTHING
  return notSaved(
    course,
    gap,
    `${gap.watched} answered ${succeeded.httpStatus} to the ${succeeded.by} at ${clockTime(succeeded.at.latest)}`,
    [proofOfRequest(succeeded), ...absence.proof],
    absence.at,
  )
}

/** Another system asked for the stage, and only the owner's span of its answer tells. */
function afterServing(course: Course, gap: Gap): Judgement {
  const link = gap.step.kind === 'stage' ? gap.step.askedBy : null
  const served = link === null ? null : observedLink(course, link)
  if (link === null || served === null || served.op !== 'serve') return NOTHING
  const absence = lackingAt(course, gap)
  if (absence.state !== 'proven') return NOTHING
  const proof = proofOfAct(course.assembly.view, served)
  const done = `${gap.watched} answered ${served.httpStatus ?? 'well'} to the ${link.spec.from} at ${clockTime(proof.at)}`
  return notSaved(course, gap, done, [proof, ...absence.proof], absence.at)
}

function afterWork(course: Course, gap: Gap): Judgement {
  const done = finishedWork(course, gap)
  if (done === null) return NOTHING
  const absence = lackingAt(course, gap)
  if (absence.state !== 'proven') return NOTHING
  const proof = proofOfAct(course.assembly.view, done)
  return notSaved(
    course,
    gap,
    `${gap.watched} finished "${done.span.name}" at ${clockTime(proof.at)}`,
    [proof, ...absence.proof],
    absence.at,
  )
}

/** The work by its name; else the span that set the status, which the owner has denied ever since. */
function finishedWork(course: Course, gap: Gap): Act | null {
  const { view } = course.assembly
  const names = gap.step.kind === 'stage' ? (gap.step.spec.work ?? []) : []
  const worked = view.actsOf(gap.watched).find(({ span, error }) => error === null && names.includes(span.name))
  return worked ?? (gap.news === null ? null : stageAct(view, gap.watched, gap.news))
}

function notSaved(
  course: Course,
  gap: Gap,
  done: string,
  evidence: readonly Proof[],
  detectedAt: UnixNanos,
): Judgement {
  return placed(gap, {
    code: 'result-not-saved',
    class: 'work',
    severity: 'broken',
    handoff: gap.step.kind === 'stage' && gap.step.spec.by === 'person' ? linkOf(gap) : null,
    stage: gap.blocks?.stage ?? null,
    message: `${done}, but ${gap.news} was never written.`,
    owner: ownerOf(course, gap.watched),
    hint: `look for a statement that was rolled back or never sent in ${gap.watched} right after that`,
    detectedAt,
    evidence,
    explains: [],
  })
}
