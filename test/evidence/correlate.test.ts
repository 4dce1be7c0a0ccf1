import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import { correlate } from '../../src/evidence/correlate.ts'
import type { OrderFound } from '../../src/evidence/fact.ts'
import { unixNanos } from '../../src/shared/units.ts'

const T = unixNanos(1_795_000_000_000_000_000n)

describe('the names of an order', () => {
  it('hold every id that a database has under our reference, though nobody told us of it', () => {
    const order = { key: 'SYN-1', flow: 'customer', probe: 'p', run: 'r', until: null, enteredAt: T, placeWithinMs: 1 }
    const found = (orderId: string): OrderFound => ({
      id: `postgres:shop:SYN-1:${orderId}:found`,
      source: 'postgres',
      kind: 'order-found',
      at: { clock: 'monitor', earliest: T, latest: T },
      seenAt: T,
      keys: [
        { kind: 'order', value: orderId },
        { kind: 'reference', value: 'SYN-1' },
      ],
      system: 'shop',
      orderId,
    })
    expect([...correlate(jewelry(), order, [found('a'), found('b')]).order]).toEqual(['a', 'b'])
  })
})
