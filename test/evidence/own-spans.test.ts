import { describe, expect, test } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import type { Fact, OrderPlaced, SpanEnded } from '../../src/evidence/fact.ts'
import { selectOwnSpans } from '../../src/evidence/own-spans.ts'
import type { Span } from '../../src/evidence/span.ts'
import { unixNanos } from '../../src/shared/units.ts'

const T = unixNanos(1_795_000_000_000_000_000n)
const ORDER = { key: 'SYN-1', flow: 'customer', probe: 'p', run: 'r', until: null, enteredAt: T, placeWithinMs: 1 }
const OURS = '1000000123'
const { recognise } = jewelry()

const common = { at: { clock: 'monitor', earliest: T, latest: T }, seenAt: T, keys: [] }
const placed: OrderPlaced = { ...common, id: 'placed', source: 'probe', kind: 'order-placed', orderId: OURS }

const spanOf = (spanId: string, attributes: Span['attributes'], parentSpanId: string | null = null): SpanEnded => ({
  ...common,
  id: spanId,
  source: 'otlp',
  kind: 'span-ended',
  batch: null,
  span: {
    traceId: 't',
    spanId,
    parentSpanId,
    parentIsRemote: null,
    links: [],
    kind: 'internal',
    name: spanId,
    start: T,
    end: T,
    status: 'unset',
    statusMessage: null,
    attributes,
    exceptions: [],
    service: 'mes-api',
    instance: 'mes-api/1',
    version: null,
    scope: 's',
  },
})

const select = (...facts: readonly Fact[]) => selectOwnSpans(recognise, ORDER, facts)
const names = (facts: readonly SpanEnded[]) => facts.map(({ span }) => span.name).sort()

describe('a span whose order id is cut off', () => {
  const cut = { 'order.id': OURS.slice(0, 8), component: 'mes-api' }

  test('goes with its trace, and makes no second order of it', () => {
    const { own, shared, orderIds } = select(
      placed,
      spanOf('whole', { 'order.id': OURS }),
      spanOf('cut', cut, 'whole'),
      spanOf('below', {}, 'cut'),
    )
    expect(names(own)).toEqual(['below', 'cut', 'whole'])
    expect(shared).toEqual([])
    expect([...orderIds]).toEqual([OURS])
  })

  test('gives the order no second id, not even where our reference beside it was read before the whole id was known', () => {
    const byReference = { ...cut, 'order.reference': 'SYN-1' }
    const facts = [spanOf('cut', byReference), spanOf('whole', { 'order.id': OURS, 'order.reference': 'SYN-1' })]
    expect([...select(...facts).orderIds]).toEqual([OURS])
  })

  test.each([
    { how: 'stands beside longer values', id: OURS.slice(0, 8), more: { 'http.route': '/orders/{order}' } },
    { how: 'is short', id: OURS.slice(0, 4), more: {} },
    { how: 'begins otherwise', id: '99999999', more: {} },
  ])('is another order where the id $how', ({ id, more }) => {
    const facts = [spanOf('batch', {}), spanOf('ours', { 'order.id': OURS }, 'batch')]
    const { own, shared } = select(placed, ...facts, spanOf('other', { 'order.id': id, ...more }, 'batch'))
    expect(names(own)).toEqual(['ours'])
    expect(shared).toEqual([{ traceId: 't', otherOrders: [id] }])
  })
})
