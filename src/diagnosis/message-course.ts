import type { QueueHandoff } from '../contract/contract.ts'
import { type MessageTrail, trailOf } from '../journey/broker/trail.ts'
import type { FoundStep } from '../journey/hops.ts'
import type { Moment } from '../journey/journey.ts'
import type { HandoffStep } from '../journey/path.ts'
import { findStageEvidence } from '../journey/stage-evidence.ts'
import type { UnixNanos } from '../shared/units.ts'
import { CLASS_OF, SEVERITY_OF } from './catalogue.ts'
import { type Course, type Gap, handoffGap, newsShownBy, stageGap } from './course.ts'
import type { Finding } from './finding.ts'
import type { Lacking } from './lacking.ts'
import { type Judgement, NOTHING, stageBehind } from './rule.ts'

type FoundHandoff = Extract<FoundStep, { step: HandoffStep }>

/** A queue hand-off whose message has not brought what it should, whether or not it was seen to be handed over. */
export interface MessageCourse {
  readonly step: HandoffStep
  readonly spec: QueueHandoff
  readonly found: FoundHandoff
  readonly index: number
  readonly trail: MessageTrail
  /** Where the outcome would show, and by when. */
  readonly gap: Gap
  /**
   * Of the news the message brings. `lacking`: the contract makes its receiver show it, and it has not been seen to. `shown`: it is there, and only the stage behind
   * it is missing. `untold`: the receiver shows nothing of the news itself.
   */
  readonly news: 'lacking' | 'shown' | 'untold'
  /** The receiver was seen to be handed it, or the order was seen beyond. */
  readonly isHandedOver: boolean
}

const worked = new WeakMap<Course, readonly MessageCourse[]>()

/** The messages the order may still depend on, in order of the path. A hand-off the order has not come to is none, nor one whose outcome has been seen. */
export function messagesUnderWay(course: Course): readonly MessageCourse[] {
  const before = worked.get(course)
  if (before !== undefined) return before
  const messages = course.assembly.path.flatMap((found, index) =>
    'crossing' in found && found.step.spec.kind === 'queue' ? underWay(course, found, found.step.spec, index) : [],
  )
  worked.set(course, messages)
  return messages
}

function underWay(course: Course, found: FoundHandoff, spec: QueueHandoff, index: number): readonly MessageCourse[] {
  const { step } = found
  const shows = newsShownBy(step, course.stages)
  const common = { step, spec, found, index, trail: trailOf(course.assembly.view, step, spec) }
  const stoppedHere = course.gaps.find((gap) => gap.step === step)
  if (stoppedHere !== undefined)
    return [{ ...common, gap: stoppedHere, news: shows === null ? 'untold' : 'lacking', isHandedOver: false }]
  if (!course.assembly.chain.crossed.has(step.id)) return []
  const isShown = shows !== null && findStageEvidence(course.assembly.view, spec.to, shows) !== null
  const next = step.branch ? undefined : course.stages.find((stage) => stage.index > index)
  if (next === undefined ? isShown : next.moment !== null) return []
  const since = lastBefore(course, index)
  if (shows !== null && !isShown)
    return [
      {
        ...common,
        gap: handoffGap(course.assembly, course.stages, index, found, since),
        news: 'lacking',
        isHandedOver: true,
      },
    ]
  // The message has done its part, and a person is awaited.
  if (next === undefined || next.step.spec.by === 'person') return []
  const gap = stageGap(next, { step: next.step, evidence: null }, since)
  return [{ ...common, gap, news: isShown ? 'shown' : 'untold', isHandedOver: true }]
}

function lastBefore({ stages, assembly: { view } }: Course, index: number): Moment {
  const { enteredAt } = view.order
  return (
    stages.findLast((stage) => stage.index < index && stage.moment !== null)?.moment ?? {
      best: enteredAt,
      earliest: enteredAt,
      latest: enteredAt,
    }
  )
}

/** The system at which what is found of a message would have shown. */
const watchedBy = ({ gap, step, spec }: MessageCourse): string => (gap.step === step ? gap.watched : spec.to)

/** One finding about a message, at its hand-off. */
export function foundOn(
  message: MessageCourse,
  finding: Omit<Finding, 'class' | 'severity' | 'handoff' | 'stage' | 'explains'>,
): Judgement {
  const { step, index, gap } = message
  const kind = CLASS_OF[finding.code]
  return {
    findings: [
      {
        index,
        branch: step.branch,
        watched: watchedBy(message),
        finding: {
          ...finding,
          class: kind,
          severity: SEVERITY_OF[kind],
          handoff: step.handoff,
          stage: stageBehind(gap),
          explains: [],
        },
      },
    ],
    unchecked: [],
  }
}

/** Something may still tell what became of the message: nothing less precise is said of the hand-off before, of its receiver as a mirror neither. */
export function awaitedOn(message: MessageCourse, until: UnixNanos, what: string): Judgement {
  const { step, spec, index } = message
  const place = { index, until, what }
  return {
    findings: [],
    unchecked: [],
    pending: [
      { ...place, branch: step.branch, watched: watchedBy(message) },
      { ...place, branch: true, watched: spec.to },
    ],
  }
}

/** What a rule says while the receiver's denial is not proven: it waits for the last answers and spans, if the deadline has passed. */
export const untilDenied = (
  course: Course,
  message: MessageCourse,
  absence: Exclude<Lacking, { state: 'proven' }>,
): Judgement =>
  absence.state === 'awaited' && course.now >= message.gap.deadline
    ? awaitedOn(message, absence.until, absence.what)
    : NOTHING

export const uncheckedOn = ({ step }: MessageCourse, code: Finding['code'], why: string): Judgement => ({
  findings: [],
  unchecked: [{ code, handoff: step.handoff, stage: null, why }],
})
