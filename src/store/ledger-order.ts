import type { Selectable } from 'kysely'
import type { WatchedOrder } from '../evidence/evidence.ts'
import { unixNanos } from '../shared/units.ts'
import type { LedgerTable, OrderState } from './schema.ts'

/** What is entered before an order is created. */
export interface OrderEntry extends WatchedOrder {
  /** The name under which the order system is asked to keep the order. */
  readonly externalReference: string
  /** The schedule's slot the order was placed for; no slot of a probe gets two orders. Null outside a schedule. */
  readonly slot: string | null
}

/** One order as the ledger knows it. */
export interface LedgerOrder extends OrderEntry {
  readonly state: OrderState
  /** How often placing was begun; zero: no request to place it has ever been sent. */
  readonly attempts: number
  /** Ids the order system gave it. */
  readonly orderIds: readonly string[]
  readonly verdict: string | null
  readonly revision: number | null
  /** Whether this process looks after it, another living one, or nobody any more. */
  readonly care: 'ours' | 'others' | 'abandoned'
}

/** A ledger row with the answer to whether its holder lives. */
export type LedgerRow = Selectable<LedgerTable> & { readonly held: unknown }

/** The order of a row, as seen by `holder`. */
export const orderOf = (row: LedgerRow, holder: string): LedgerOrder => ({
  key: row.key,
  externalReference: row.external_reference,
  flow: row.flow,
  probe: row.probe,
  run: row.run,
  until: row.until,
  slot: row.slot,
  enteredAt: unixNanos(BigInt(row.entered_at)),
  placeWithinMs: row.place_within_ms,
  state: row.state,
  attempts: row.attempts,
  orderIds: row.order_ids,
  verdict: row.verdict,
  revision: row.revision,
  care: row.holder === holder ? 'ours' : row.held === true ? 'others' : 'abandoned',
})
