import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Secret } from '../../src/shared/secret.ts'
import { unixNanos } from '../../src/shared/units.ts'
import { openStore, type Store } from '../../src/store/store.ts'
import { type Databases, query, startDatabases } from './databases.ts'
import { anEntry } from './orders.ts'

let databases: Databases
let databaseUrl: Secret
let store: Store
let other: Store

beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.stop())
beforeEach(async () => {
  databaseUrl = await databases.fresh()
  store = await openStore({ databaseUrl })
  other = await openStore({ databaseUrl })
})
afterEach(async () => {
  await store.close()
  await other.close()
})

/** Makes every lease run out, as time would. */
const runOutLeases = () =>
  query(databaseUrl, `update waybill.holder set leased_until = clock_timestamp() - interval '1 ms'`)

const bring = async (key: string, ...steps: ('beginPlacing' | 'recordPlaced' | 'recordFinished')[]) => {
  await store.ledger.enterOrder(anEntry(key))
  for (const step of steps) {
    if (step === 'beginPlacing') await store.ledger.beginPlacing(key)
    if (step === 'recordPlaced') await store.ledger.recordPlaced(key, ['42'])
    if (step === 'recordFinished') await store.ledger.recordFinished(key, 'passed', 1)
  }
}

describe('entering an order', () => {
  it('keeps everything about it, to the nanosecond', async () => {
    const entry = anEntry('k', { until: 'PRICE_CALCULATED', slot: '2026-11-21T11:00' })
    const order = {
      ...entry,
      state: 'entered',
      attempts: 0,
      orderIds: [],
      verdict: null,
      revision: null,
      care: 'ours',
    }
    expect(await store.ledger.enterOrder(entry)).toStrictEqual({ outcome: 'done', order })
    expect(await store.ledger.order('k')).toStrictEqual(order)
    expect(await other.ledger.order('k')).toStrictEqual({ ...order, care: 'others' })
  })

  it.each([
    ['key', anEntry('k', { externalReference: 'SYN-x' }), /order k is in the ledger already/],
    ['external reference', anEntry('x', { externalReference: 'SYN-k' }), /external reference SYN-k belongs to order k/],
    ['slot', anEntry('x', { slot: 'noon' }), /probe shop-api has an order for slot noon already: k/],
  ])('is refused when its %s is known', async (_what, again, why) => {
    await store.ledger.enterOrder(anEntry('k', { slot: 'noon' }))
    for (const ledger of [store.ledger, other.ledger]) {
      expect(await ledger.enterOrder(again)).toMatchObject({
        outcome: 'refused',
        why: expect.stringMatching(why),
        order: { key: 'k' },
      })
    }
    expect(await store.ledger.openOrders()).toHaveLength(1)
  })

  it('lets the same slot be used by another probe, and any number of orders outside a schedule', async () => {
    await store.ledger.enterOrder(anEntry('a', { slot: 'noon' }))
    expect(await store.ledger.enterOrder(anEntry('b', { slot: 'noon', probe: 'shop-web' }))).toMatchObject({
      outcome: 'done',
    })
    expect(await store.ledger.enterOrder(anEntry('c'))).toMatchObject({ outcome: 'done' })
    expect(await store.ledger.enterOrder(anEntry('d'))).toMatchObject({ outcome: 'done' })
  })

  it('is done by exactly one of many that try at once', async () => {
    const tries = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? store : other).ledger.enterOrder(anEntry('k')),
    )
    const outcomes = (await Promise.all(tries)).map(({ outcome }) => outcome)
    expect(outcomes.toSorted()).toStrictEqual(['done', ...Array(19).fill('refused')])
  })
})

describe('the steps of an order', () => {
  it('lead from entered to cleaned', async () => {
    const { ledger } = store
    await ledger.enterOrder(anEntry('k'))
    expect(await ledger.beginPlacing('k')).toMatchObject({ outcome: 'done', order: { state: 'placing', attempts: 1 } })
    expect(await ledger.recordPlaced('k', ['42'])).toMatchObject({
      outcome: 'done',
      order: { state: 'placed', orderIds: ['42'] },
    })
    expect(await ledger.recordFinished('k', 'passed', 1)).toMatchObject({
      outcome: 'done',
      order: { state: 'finished', verdict: 'passed', revision: 1 },
    })
    expect(await ledger.recordCleaned('k')).toMatchObject({ outcome: 'done', order: { state: 'cleaned' } })
    expect(await ledger.openOrders()).toStrictEqual([])
  })

  it('begin placing once only, however many try at once', async () => {
    await bring('k')
    const tries = await Promise.all(Array.from({ length: 10 }, () => store.ledger.beginPlacing('k')))
    expect(tries.filter(({ outcome }) => outcome === 'done')).toHaveLength(1)
    expect(await store.ledger.order('k')).toMatchObject({ attempts: 1 })
    expect(tries.find(({ outcome }) => outcome === 'refused')).toMatchObject({
      why: 'placing begins once: order k is placing',
    })
  })

  it('count a placing that is repeated, which only one left in placing may be', async () => {
    await bring('k', 'beginPlacing')
    expect(await store.ledger.repeatPlacing('k')).toMatchObject({ outcome: 'done', order: { attempts: 2 } })
    await store.ledger.recordPlaced('k', ['42'])
    expect(await store.ledger.repeatPlacing('k')).toMatchObject({ outcome: 'refused' })
    await bring('fresh')
    expect(await store.ledger.repeatPlacing('fresh')).toMatchObject({ outcome: 'refused' })
  })

  it('take no order id before placing has begun', async () => {
    await bring('k')
    expect(await store.ledger.recordPlaced('k', ['42'])).toMatchObject({
      outcome: 'refused',
      order: { state: 'entered', orderIds: [] },
    })
  })

  it('gather every id of one placement, also when it comes after the verdict, and whatever characters it holds', async () => {
    await bring('k', 'beginPlacing')
    await Promise.all(['42', '43', '42', 'nul \u0000 \ud800'].map((id) => store.ledger.recordPlaced('k', [id])))
    await store.ledger.recordFinished('k', 'broken', 1)
    expect(await store.ledger.recordPlaced('k', ['44'])).toMatchObject({
      outcome: 'done',
      order: { state: 'finished' },
    })
    const order = await store.ledger.order('k')
    expect(order?.orderIds.toSorted()).toStrictEqual(['42', '43', '44', 'nul \u0000 \ud800'])
  })

  it.each([[[]], [['beginPlacing'] as const], [['beginPlacing', 'recordPlaced'] as const]])(
    'end in a verdict from wherever the order is: %j',
    async (steps) => {
      await bring('k', ...steps)
      expect(await store.ledger.recordFinished('k', 'broken', 1)).toMatchObject({
        outcome: 'done',
        order: { state: 'finished' },
      })
    },
  )

  it('let a later verdict supersede an earlier one and never the other way round', async () => {
    await bring('k', 'beginPlacing', 'recordPlaced')
    await store.ledger.recordFinished('k', 'broken', 1)
    expect(await store.ledger.recordFinished('k', 'passed', 2)).toMatchObject({
      outcome: 'done',
      order: { verdict: 'passed', revision: 2 },
    })
    expect(await store.ledger.recordFinished('k', 'broken', 1)).toMatchObject({
      outcome: 'refused',
      order: { verdict: 'passed', revision: 2 },
    })
  })

  it('never lead back', async () => {
    await bring('k', 'beginPlacing', 'recordPlaced', 'recordFinished')
    expect(await store.ledger.beginPlacing('k')).toMatchObject({ outcome: 'refused' })
    expect(await store.ledger.repeatPlacing('k')).toMatchObject({ outcome: 'refused' })
    await store.ledger.recordCleaned('k')
    expect(await store.ledger.recordFinished('k', 'passed', 2)).toMatchObject({
      outcome: 'done',
      order: { state: 'cleaned', revision: 2 },
    })
  })

  it('clean nothing that is not finished', async () => {
    await bring('k', 'beginPlacing')
    expect(await store.ledger.recordCleaned('k')).toMatchObject({ outcome: 'refused' })
  })

  it('of an order nobody entered are refused', async () => {
    expect(await store.ledger.beginPlacing('k')).toStrictEqual({
      outcome: 'refused',
      why: 'the ledger has no order k',
      order: null,
    })
    expect(await store.ledger.recordPlaced('k', ['1'])).toMatchObject({ outcome: 'refused', order: null })
    expect(await store.ledger.order('k')).toBeNull()
  })
})

describe('the care for an order', () => {
  it("is nobody else's while its process lives", async () => {
    await bring('k')
    const why = 'order k is in the care of another process'
    expect(await other.ledger.beginPlacing('k')).toMatchObject({ outcome: 'refused', why })
    expect(await other.ledger.recordPlaced('k', ['1'])).toMatchObject({ outcome: 'refused', why })
    expect(await other.ledger.recordFinished('k', 'passed', 1)).toMatchObject({ outcome: 'refused', why })
    expect(await other.ledger.adopt('k')).toMatchObject({ outcome: 'refused', why })
    expect(await store.ledger.order('k')).toMatchObject({ state: 'entered', care: 'ours' })
  })

  it('is given up when the store is closed, and can then be taken over by one only', async () => {
    await bring('k', 'beginPlacing')
    await store.close()
    expect(await other.ledger.openOrders()).toMatchObject([{ key: 'k', state: 'placing', care: 'abandoned' }])
    const third = await openStore({ databaseUrl })
    const adopted = await Promise.all([other.ledger.adopt('k'), third.ledger.adopt('k')])
    expect(adopted.map(({ outcome }) => outcome).toSorted()).toStrictEqual(['done', 'refused'])
    await third.close()
  })

  it('is lost when the lease has run out and another took over: the late process moves nothing any more', async () => {
    await bring('k')
    await runOutLeases()
    expect(await other.ledger.adopt('k')).toMatchObject({ outcome: 'done', order: { care: 'ours' } })
    expect(await store.ledger.beginPlacing('k')).toMatchObject({ outcome: 'refused' })
    expect(await other.ledger.beginPlacing('k')).toMatchObject({ outcome: 'done' })
  })

  it('stays with a late process as long as nobody takes over', async () => {
    await bring('k')
    await runOutLeases()
    expect(await store.ledger.beginPlacing('k')).toMatchObject({ outcome: 'done' })
  })
})

it('lists open orders by the time they were entered', async () => {
  await store.ledger.enterOrder(anEntry('late', { enteredAt: unixNanos(20n) }))
  await other.ledger.enterOrder(anEntry('early', { enteredAt: unixNanos(3n) }))
  await bring('done', 'beginPlacing', 'recordFinished')
  const open = await store.ledger.openOrders()
  expect(open.map(({ key, care }) => [key, care])).toStrictEqual([
    ['early', 'others'],
    ['late', 'ours'],
  ])
})
