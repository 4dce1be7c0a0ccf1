import type { UnixNanos } from '../shared/units.ts'
import type { SourceName } from './fact.ts'

interface ConditionCommon {
  readonly id: string
  readonly source: SourceName
  /** The system, queue or source it is about. */
  readonly subject: string
  /** On the monitor's clock. A figure that is up to five seconds old when it is told covers those five seconds too. */
  readonly from: UnixNanos
  readonly to: UnixNanos
}

/** An instance up or down. */
export interface SystemReachability extends ConditionCommon {
  readonly kind: 'system-reachable' | 'system-unreachable'
}

/** What a queue held at some moment between `from` and `to`; null where the mode cannot tell. `exists: false`: there is no such queue. */
export interface QueueState extends ConditionCommon {
  readonly kind: 'queue-state'
  readonly exists: boolean
  readonly ready: number | null
  readonly unacknowledged: number | null
  readonly consumers: number | null
  /** How many messages of anybody's a tap had seen handed out of the queue by `from`, since it began; lacks where none did. */
  readonly handedOut?: number
}

/** What is bound to a queue, and the arguments by which messages leave it unread. */
export interface QueueSetup extends ConditionCommon {
  readonly kind: 'queue-setup'
  readonly bindings: readonly { readonly exchange: string; readonly key: string }[]
  readonly messageTtlMs: number | null
  readonly maxLength: number | null
  readonly deadLetterExchange: string | null
  readonly deadLetterKey: string | null
}

/** A source of evidence that could not tell anything over an interval, and why. */
export interface SourceDown extends ConditionCommon {
  readonly kind: 'source-down'
  readonly detail: string
}

/** A source that tells, but later than its limit. */
export interface SourceLate extends ConditionCommon {
  readonly kind: 'source-late'
  readonly lagMs: number
  readonly limitMs: number
}

/** The state of something shared over an interval on the monitor's clock. */
export type Condition = SystemReachability | QueueState | QueueSetup | SourceDown | SourceLate
