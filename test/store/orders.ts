import { unixNanos } from '../../src/shared/units.ts'
import type { OrderEntry } from '../../src/store/ledger-order.ts'

/** An order as it is entered, to be changed by the test. */
export const anEntry = (key: string, over: Partial<OrderEntry> = {}): OrderEntry => ({
  key,
  externalReference: `SYN-${key}`,
  flow: 'customer',
  probe: 'shop-api',
  run: 'run-1',
  until: null,
  slot: null,
  enteredAt: unixNanos(1_795_000_000_123_456_789n),
  placeWithinMs: 1500.5,
  ...over,
})
