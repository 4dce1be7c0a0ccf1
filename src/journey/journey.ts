import type { HandoffKind } from '../contract/contract.ts'
import type { SourceName } from '../evidence/fact.ts'
import type { Nanos, UnixNanos } from '../shared/units.ts'

/** An instant on the monitor's clock with the interval in which the truth lies; `best` is what is shown. */
export interface Moment {
  readonly best: UnixNanos
  readonly earliest: UnixNanos
  readonly latest: UnixNanos
}

export interface MirrorReading {
  readonly system: string
  readonly state: 'reached' | 'waiting' | 'overdue' | 'unknown'
  readonly at: Moment | null
  readonly witnesses: readonly SourceName[]
}

export interface StageReading {
  readonly stage: string
  readonly system: string
  readonly state: 'reached' | 'waiting' | 'overdue' | 'skipped' | 'unknown'
  readonly at: Moment | null
  readonly witnesses: readonly SourceName[]
  readonly mirrors: readonly MirrorReading[]
  readonly by: 'machine' | 'person'
}

export type SegmentKind = 'processing' | 'queue' | 'storage' | 'database' | 'transfer' | 'person' | 'unobserved'

/** Where a part of a hop's time went; the segments of a hop add up to it exactly. */
export interface Segment {
  readonly kind: SegmentKind
  readonly system: string
  readonly time: Nanos
}

/** One crossing of a hand-off, or one system's own work between two crossings. */
export interface Hop {
  /** The hand-off, with `/STATUS` when it carries several; `system after H4` for own work. */
  readonly id: string
  /** Null for own work of a system. */
  readonly handoff: string | null
  /** The status it carries, when the hand-off carries several. */
  readonly status: string | null
  readonly kind: HandoffKind | 'work'
  readonly from: string
  readonly to: string
  readonly state: 'crossed' | 'broken' | 'waiting' | 'unknown'
  /** True for news to a mirror which the order does not wait for; such hops lie beside the chain. */
  readonly branch: boolean
  readonly startedAt: Moment | null
  readonly latency: Nanos | null
  /** Half the width of the interval in which the true latency lies. */
  readonly plusMinus: Nanos | null
  readonly context: 'continuous' | 'linked' | 'lost' | 'none' | 'unknown'
  readonly witnesses: readonly SourceName[]
  readonly segments: readonly Segment[]
}

export interface ClockReading {
  readonly instance: string
  /** Instance clock minus monitor clock. */
  readonly offset: Nanos
  readonly plusMinus: Nanos
  /** From when at the earliest and until when at the latest, on the monitor's clock; absent where no step bounds it. */
  readonly since?: UnixNanos
  readonly until?: UnixNanos
}

/** Everything known about one order, in order. */
export interface Journey {
  readonly flow: string
  readonly orderIds: readonly string[]
  readonly traceIds: readonly string[]
  readonly placedAt: UnixNanos | null
  readonly stages: readonly StageReading[]
  readonly hops: readonly Hop[]
  readonly clocks: readonly ClockReading[]
}
