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

/** Empty, down and cannot-ask never look alike. */
export type Answer =
  | { readonly outcome: 'found'; readonly facts: readonly Fact[] }
  | { readonly outcome: 'not-yet'; readonly facts: readonly Fact[] }
  | { readonly outcome: 'unavailable'; readonly why: string; readonly facts: readonly Fact[] }
  | { readonly outcome: 'unsupported'; readonly why: string }

/** A source that answers questions by key (status API, later Jaeger, Tempo, PostgreSQL, storage, page). */
export interface Asker {
  readonly name: SourceName
  /** Systems it can be asked about. */
  readonly systems: readonly string[]
  /** Asks one system about one order. Always resolves; trouble is an `unavailable` answer. */
  ask(system: string, keys: KeySet, signal: AbortSignal): Promise<Answer>
  health(): SourceHealth
}
