import type { Evaluation } from '../../diagnosis/verdict.ts'
import type { WatchedOrder } from '../../evidence/evidence.ts'
import type { Fact } from '../../evidence/fact.ts'
import type { KeySet } from '../../evidence/keys.ts'
import type { UnixNanos } from '../../shared/units.ts'

/** What is known of an order now. A later revision of a final answer supersedes it. */
export interface Standing {
  readonly order: WatchedOrder
  readonly evaluation: Evaluation
  /** When this answer was reached, on the monitor's clock. */
  readonly decidedAt: UnixNanos
  readonly revision: number
}

/** One order while it is followed. */
export interface Watched {
  readonly order: WatchedOrder
  /** Null until the first evaluation. */
  standing(): Standing | null
  facts(): readonly Fact[]
  keys(): KeySet
  /**
   * Resolves as soon as `wanted` holds for the standing, or after `limitMs` with false. Rejects with the signal's reason.
   */
  until(wanted: (standing: Standing) => boolean, limitMs: number, signal?: AbortSignal): Promise<boolean>
  /** Resolves with the first final standing. Rejects with the signal's reason. */
  final(signal?: AbortSignal): Promise<Standing>
  /** Called after each evaluation; returns how to stop being called. */
  onChange(listener: (standing: Standing) => void): () => void
}
