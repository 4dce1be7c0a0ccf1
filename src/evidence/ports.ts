import type { Milliseconds } from '../shared/units.ts'
import type { Condition } from './condition.ts'
import type { Coverage } from './coverage.ts'
import type { Fact, SourceName } from './fact.ts'
import type { KeySet } from './keys.ts'

/** Takes what a source tells. Never throws and never blocks the source. */
export interface EvidenceSink {
  fact(fact: Fact): void
  condition(condition: Condition): void
  coverage(coverage: Coverage): void
}

export interface SourceHealth {
  readonly name: SourceName
  readonly state: 'healthy' | 'late' | 'down' | 'not-configured'
  /** Records told so far. */
  readonly told: number
  /** Records dropped for want of room, or refused as malformed. */
  readonly dropped: number
  readonly detail: string | null
}

/** A source that tells by itself (OTLP receiver, broker tap, probe). */
export interface Listener {
  readonly name: SourceName
  /** Resolves once it listens. Rejects with a `WaybillError` (`port-in-use`, …) when it cannot. */
  start(sink: EvidenceSink): Promise<void>
  /** Idempotent; also before `start`. */
  stop(): Promise<void>
  health(): SourceHealth
}

interface Told {
  readonly facts: readonly Fact[]
  /** What the asking taught about something shared: the source itself is down. */
  readonly conditions?: readonly Condition[]
}

/** Empty, down and cannot-ask never look alike. */
export type Answer =
  | ({ readonly outcome: 'found' } & Told)
  | ({ readonly outcome: 'not-yet' } & Told)
  | ({ readonly outcome: 'unavailable'; readonly why: string } & Told)
  | { readonly outcome: 'unsupported'; readonly why: string }

/** How often a source is asked. */
export interface Pace {
  /** Between two questions about an order that has just moved. */
  readonly quick: Milliseconds
  /** The longest time between two questions about an order at rest. */
  readonly slowest: Milliseconds
  /** Bound on the questions about one subject (a system, a hand-off, a page), over all orders. */
  readonly maxPerSecond: number
}

/** What a source may want to know of an order before it is asked about it. */
export interface Asked {
  readonly keys: KeySet
  readonly flow: string
  /** Its verdict is final. */
  readonly final: boolean
  /** Whether the stage is known to be reached. */
  reached(stage: string): boolean
}

/** A source that answers questions by key (status API, PostgreSQL, storage, page; later Jaeger, Tempo). */
export interface Asker {
  readonly name: SourceName
  /** What it can be asked about: systems; for storage hand-offs, for pages views. */
  readonly systems: readonly string[]
  /** Its own pace, where it is not asked as often as others. */
  readonly pace?: Pace
  /** Once it has found what it was asked for, it is asked at its slowest. */
  readonly restsOnceFound?: boolean
  /** Found or not, it is asked again soon after each step the order has made: what it found then may be gone since. */
  readonly looksAgainOnceMoved?: boolean
  /** Whether there is anything to ask about this order yet, or still. Without it: once an order id is known. */
  wants?(system: string, order: Asked): boolean
  /** Asks one system about one order. Always resolves; trouble is an `unavailable` answer. */
  ask(system: string, keys: KeySet, signal: AbortSignal): Promise<Answer>
  /** Asks one system about several orders in one question; one answer for each, in order. */
  askMany?(system: string, orders: readonly KeySet[], signal: AbortSignal): Promise<readonly Answer[]>
  health(): SourceHealth
  /** Lets go of connections and whatever else is kept. */
  close?(): Promise<void> | void
}
