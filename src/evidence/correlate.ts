import type { Contract } from '../contract/contract.ts'
import type { WatchedOrder } from './evidence.ts'
import type { Fact } from './fact.ts'
import type { KeySet } from './keys.ts'
import { selectOwnSpans } from './own-spans.ts'

/** All names under which the order is known by now; the follower asks its sources about the new ones. */
export function correlate(contract: Contract, order: WatchedOrder, facts: readonly Fact[]): KeySet {
  const { orderIds, traceIds, messageIds, correlationIds } = selectOwnSpans(contract.recognise, order, facts)
  return {
    order: orderIds,
    reference: new Set([order.key]),
    trace: traceIds,
    message: messageIds,
    correlation: correlationIds,
    run: new Set([order.run]),
  }
}
