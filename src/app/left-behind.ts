import type { Contract } from '../contract/contract.ts'
import { type AfterCrash, decideAfterCrash } from '../store/after-crash.ts'
import type { Ledger } from '../store/ledger.ts'
import type { LedgerOrder } from '../store/ledger-order.ts'

/** An order whose monitor died before it had a verdict, and what was done about it. */
export interface LeftBehind {
  readonly order: LedgerOrder
  readonly decision: AfterCrash
}

/** An order nobody followed to its end has no better word. */
const VERDICT = 'inconclusive'

/**
 * Takes over the orders that a crash left in the ledger and closes their entries. None is ever placed again: what was never sent is not sent late, and what
 * may have been placed stays the order system's until somebody looks for its reference.
 */
export async function closeLeftBehind(ledger: Ledger, placing: Contract['placing']): Promise<readonly LeftBehind[]> {
  const closed: LeftBehind[] = []
  for (const order of await ledger.openOrders()) {
    if (order.care !== 'abandoned') continue
    // Another starting monitor may have been quicker.
    if ((await ledger.adopt(order.key)).outcome !== 'done') continue
    const decision = decideAfterCrash(order, placing)
    if ((await ledger.recordFinished(order.key, VERDICT, 1)).outcome === 'done') closed.push({ order, decision })
  }
  return closed
}

/** One sentence for the person who starts the next monitor; null where nothing can have been placed. */
export function sentenceOf({ order, decision }: LeftBehind): string | null {
  if (decision.act === 'close-unplaced' || decision.act === 'nothing') return null
  const ids = order.orderIds.length === 0 ? 'it may have been placed' : `it was placed as ${order.orderIds.join(', ')}`
  return `An earlier monitor died over order ${order.key} of probe ${order.probe}: ${ids}. It is not placed again; look for ${order.externalReference} in the order system.`
}
