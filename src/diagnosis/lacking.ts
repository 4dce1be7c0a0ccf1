import type { Contract } from '../contract/contract.ts'
import type { StatusAnswered, StatusUnavailable } from '../evidence/fact.ts'
import { durationMs as durationOf } from '../journey/path.ts'
import { type Vouched, vouchForSpans } from '../journey/vouch.ts'
import { earliest, fromMs, plus, type UnixNanos } from '../shared/units.ts'
import { isAlive } from './alive.ts'
import type { Course, Gap, MirrorCourse, StageCourse } from './course.ts'
import { clockTime } from './describe.ts'
import type { Proof } from './finding.ts'
import { proofOfLook } from './looks.ts'

/** Whether it is proven that a system had not reached a status when it should have. */
export type Lacking =
  | {
      readonly state: 'proven'
      readonly by: 'answer' | 'spans' | 'silence-of-a-dead-system'
      readonly proof: readonly Proof[]
      readonly at: UnixNanos
    }
  /** The deadline has not come, or an answer sent after it is still awaited. */
  | { readonly state: 'awaited'; readonly until: UnixNanos; readonly what: string }
  | { readonly state: 'unknown'; readonly why: string }

const DEFAULT_SETTLE_MS = 10_000

/** How long after a deadline an answer or a span may still come before nothing more is expected. */
export const settleMs = (course: Course): number => {
  const text = course.assembly.view.contract.telemetry?.settle
  return text === undefined ? DEFAULT_SETTLE_MS : durationOf(text)
}

/**
 * Absence is proven by somebody who would have told: the system itself, asked after the deadline; or its spans, if every instance vouches for the
 * whole time. Neither: not known.
 */
export function lackingAt(course: Course, gap: Gap): Lacking {
  const ownTime = gap.news !== null && gap.news === gap.blocks?.stage
  const leavesSpan = ownTime || marksSettings(course.assembly.view.contract)
  const absence = lacking(course, gap.watched, gap.news, gap.since.earliest, gap.deadline, leavesSpan)
  const patience = plus(gap.deadline, fromMs(PRECISION_MS))
  if (absence.state !== 'proven' || absence.by !== 'answer' || course.now >= patience) return absence
  const silent = tellers(gap).find(
    (system) => !vouchForSpans(course.assembly.view, system, gap.since.earliest, gap.deadline).vouched,
  )
  return silent === undefined ? absence : { state: 'awaited', until: patience, what: `the last spans of ${silent}` }
}

/** An answer comes at once, the spans that say why a moment later; a break is named with its cause where so little waiting gets it. */
const PRECISION_MS = 800

const tellers = ({ step, watched }: Gap): readonly string[] =>
  step.kind === 'handoff' && step.spec.kind === 'queue' ? [step.spec.from, step.spec.to] : [watched]

/** Whether the setting of a status has a span of its own. Without such marks any span may tell of it, one that ends long after its deadline too: silence until then proves nothing. */
const marksSettings = ({ recognise }: Contract): boolean => recognise.span.reached !== undefined

export function lacking(
  course: Course,
  system: string,
  stage: string | null,
  since: UnixNanos,
  deadline: UnixNanos,
  leavesSpan = true,
): Lacking {
  const { now } = course
  if (now < deadline) return { state: 'awaited', until: deadline, what: `${stage ?? 'the order'} at ${system}` }
  if (stage === null) return { state: 'unknown', why: `nothing tells whether ${system} has it` }
  const answered = lackingByAnswer(course, system, stage, deadline)
  if (answered.state === 'proven') return answered
  const dead = deadThroughout(course, system, since, deadline)
  if (dead !== null) return dead
  const vouched: Vouched = leavesSpan
    ? vouchForSpans(course.assembly.view, system, since, deadline)
    : { vouched: false, why: `no span of ${system} need tell ${stage} in time`, awaited: false }
  if (vouched.vouched) {
    return {
      state: 'proven',
      by: 'spans',
      at: deadline,
      proof: [
        {
          source: 'otlp',
          at: deadline,
          what: `${system} told all its spans until ${clockTime(deadline)}, none sets ${stage}`,
          ref: `coverage:${system}`,
        },
      ],
    }
  }
  const settled = plus(deadline, fromMs(settleMs(course)))
  if (now < settled) return { state: 'awaited', until: settled, what: `an answer of ${system} or its spans` }
  return { state: 'unknown', why: answered.state === 'unknown' ? `${answered.why}; ${vouched.why}` : vouched.why }
}

/** A mirror that reads what another system wrote sets nothing itself: only its answers can tell. Null where the mirror's stage is not reached. */
export function lackingInMirror(
  course: Course,
  { step, moment }: StageCourse,
  { system, due, carrier }: MirrorCourse,
): Lacking | null {
  if (moment === null || due === null) return null
  return lacking(
    course,
    system,
    step.stage,
    moment.earliest,
    due,
    carrier?.spec.to === system && marksSettings(course.assembly.view.contract),
  )
}

function lackingByAnswer(course: Course, system: string, stage: string, deadline: UnixNanos): Lacking {
  const { view } = course.assembly
  const late = view.answersOf(system).filter(({ at }) => at.earliest >= deadline)
  const last = late.at(-1)
  if (last === undefined) return { state: 'unknown', why: `${system} has not answered since` }
  if (!isBefore(course, last, stage)) return { state: 'unknown', why: `${system} answers ${last.status}` }
  const what = last.status === null ? 'no such order' : `status still ${last.status}`
  return { state: 'proven', by: 'answer', at: last.seenAt, proof: [proofOfLook(last, what)] }
}

/** The answer shows a status before `stage`, or knows no such order, or its history leaves the stage out. */
function isBefore(course: Course, { status, history }: StatusAnswered, stage: string): boolean {
  if (status === null) return true
  if (history !== null) return !history.includes(stage)
  const names = course.stages.map(({ step }) => step.stage)
  const here = names.indexOf(status)
  return here >= 0 && here < names.indexOf(stage)
}

const MIN_REFUSALS = 2

/** Nothing listened at the system from before the moment until after the deadline, and nothing else told of it: a process that is not there has done nothing. */
export function deadThroughout(
  course: Course,
  system: string,
  since: UnixNanos,
  deadline: UnixNanos,
): Extract<Lacking, { state: 'proven' }> | null {
  const { view } = course.assembly
  // A row says nothing about the process that writes it.
  const byItself = ({ source }: StatusAnswered | StatusUnavailable): boolean => source === 'status-api'
  const answeredSince = view.answersOf(system).some((answer) => byItself(answer) && answer.at.latest >= since)
  const failures = view.failuresOf(system).filter((failure) => byItself(failure) && failure.at.latest >= since)
  const last = failures.at(-1)
  const first = failures[0]
  if (answeredSince || first === undefined || last === undefined || failures.length < MIN_REFUSALS) return null
  if (failures.some(({ why }) => why !== 'refused') || last.at.earliest < deadline) return null
  const lapse = plus(since, fromMs(QUIET_MS))
  if (earliest(first.at.earliest, lapse) !== first.at.earliest) return null
  if (isAlive(course, system, first.at.latest, last.at.earliest)) return null
  return {
    state: 'proven',
    by: 'silence-of-a-dead-system',
    at: last.seenAt,
    proof: [
      {
        source: first.source,
        at: first.seenAt,
        what: `${system} API: connection refused, nothing listens there`,
        ref: first.id,
      },
      {
        source: last.source,
        at: last.seenAt,
        what: `${system} API: still refused, ${failures.length} times in a row`,
        ref: last.id,
      },
    ],
  }
}

/** The first question after the moment must come this soon, or what was there in between is not known. */
const QUIET_MS = 2_000
