import type { QueueState } from '../../evidence/condition.ts'
import type { MessageDelivered } from '../../evidence/fact.ts'
import type { ActOf } from '../../journey/act.ts'
import { fromMs, plus, type UnixNanos } from '../../shared/units.ts'
import type { Course } from '../course.ts'
import type { MessageCourse } from '../message-course.ts'

/** What became of a message that has not brought its outcome by its deadline, as far as broker and spans tell. */
export type Fate =
  /** In the queue, and why nobody takes it. `returned`: it had been handed out before. */
  | {
      readonly is: 'waiting'
      readonly why: 'no-consumer' | 'stuck' | 'unread'
      readonly state: QueueState
      readonly returned: boolean
    }
  /** Neither queued nor handed out. */
  | {
      readonly is: 'lost'
      readonly how: 'expired' | 'crowded-out' | 'queue-gone' | 'removed'
      readonly state: QueueState
    }
  /** Handed out and not settled; null where only the spans tell. */
  | { readonly is: 'unsettled'; readonly state: QueueState | null; readonly delivered: MessageDelivered }
  /** Handed out and settled: by the span of its handling, or by the queue's totals. */
  | { readonly is: 'settled'; readonly by: ActOf<'consume'> | QueueState; readonly failed: ActOf<'consume'> | null }
  /** `until`: something may still tell by then; null when nothing more is expected. */
  | { readonly is: 'unknown'; readonly why: string; readonly until: UnixNanos | null }

/** Totals are up to five seconds old when they are told, and asked for every two. */
export const TOTALS_MS = 8_000
/** A pilot behind the moment, and the one after it. */
export const TAP_MS = 2_000
/** A message that came into the broker may stand in its queue a little later. */
export const SETTLING = fromMs(250)

/** One message of one order, at one moment. */
export interface Case {
  readonly course: Course
  readonly message: MessageCourse
}

export const unknown = (why: string, until: UnixNanos | null = null): Fate => ({ is: 'unknown', why, until })

/** Somebody tells what the hand-off's queue holds. */
export const isHeard = ({ course, message }: Case): boolean =>
  course.assembly.view.states('queue-state', message.spec.queue).length > 0

/** Until when a witness that takes so long may still tell of the deadline; null once that has passed. */
export function stillAwaited({ course, message }: Case, takesMs: number): UnixNanos | null {
  const until = plus(message.gap.deadline, fromMs(takesMs))
  return course.now < until ? until : null
}
