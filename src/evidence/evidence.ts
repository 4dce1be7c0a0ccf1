import type { UnixNanos } from '../shared/units.ts'
import type { Condition } from './condition.ts'
import type { Coverage } from './coverage.ts'
import type { Fact } from './fact.ts'

/** Everything known that may bear on one order, in any order of arrival. Evaluation depends on nothing else but contract and time. */
export interface Evidence {
  readonly facts: readonly Fact[]
  readonly conditions: readonly Condition[]
  readonly coverage: readonly Coverage[]
}

/** One record of the evidence log. */
export type EvidenceRecord =
  | { readonly type: 'fact'; readonly record: Fact }
  | { readonly type: 'condition'; readonly record: Condition }
  | { readonly type: 'coverage'; readonly record: Coverage }

/** The order a verdict is about, as the ledger knows it. */
export interface WatchedOrder {
  /** The monitor's own key of the order, made before it is placed; also its external reference. */
  readonly key: string
  readonly flow: string
  readonly probe: string
  readonly run: string
  /** The last stage that is asked for; null for the whole flow. */
  readonly until: string | null
  /** When the ledger entry was made, on the monitor's clock. */
  readonly enteredAt: UnixNanos
  /** How long the placing may take from `enteredAt` before the order counts as not placed, in milliseconds. */
  readonly placeWithinMs: number
}
