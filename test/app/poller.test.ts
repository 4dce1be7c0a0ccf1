import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPoller } from '../../src/app/follow/poller.ts'
import type { Watched } from '../../src/app/follow/watched.ts'
import type { Condition } from '../../src/evidence/condition.ts'
import type { Fact, StatusUnavailable } from '../../src/evidence/fact.ts'
import type { Answer, Asker } from '../../src/evidence/ports.ts'
import { fromMs, milliseconds, plus, unixNanos } from '../../src/shared/units.ts'

const EPOCH = unixNanos(1_795_000_000_000_000_000n)
const clock = { now: () => plus(EPOCH, fromMs(Date.now())) }

const poll = (
  answer: () => Answer = () => ({ outcome: 'not-yet', facts: [] }),
  ids = ['a1'],
  more: Partial<Asker> = {},
) => {
  const asked: [system: string, ms: number][] = []
  const askedAbout: string[] = []
  const facts: Fact[] = []
  const conditions: Condition[] = []
  const asker: Asker = {
    name: 'status-api',
    systems: ['shop', 'mes'],
    ask: async (system, keys) => {
      asked.push([system, Date.now()])
      askedAbout.push(...keys.order)
      return answer()
    },
    health: () => ({ name: 'status-api', state: 'healthy', told: 0, dropped: 0, detail: null }),
    ...more,
  }
  const poller = createPoller({
    askers: [asker],
    pace: { quick: milliseconds(100), slowest: milliseconds(1000), maxPerSecond: 20 },
    clock,
    sink: { fact: (fact) => facts.push(fact), condition: (it) => conditions.push(it), coverage: () => {} },
  })
  const none: ReadonlySet<string> = new Set()
  const known = new Set(ids)
  const watched = (key: string): Watched => ({
    order: { key, flow: 'customer', probe: 'p', run: 'r', until: null, enteredAt: EPOCH, placeWithinMs: 1 },
    standing: () => null,
    facts: () => [],
    keys: () => ({
      order: key.startsWith('SYN-') && ids.length > 0 ? new Set([key]) : known,
      reference: none,
      trace: none,
      message: none,
      correlation: none,
      run: none,
    }),
    until: () => Promise.resolve(false),
    final: () => Promise.reject(new Error('never')),
    onChange: () => () => {},
  })
  return { poller, asked, askedAbout, facts, conditions, watched, known }
}

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the poller', () => {
  it('asks nobody about an order without an id, and at once when the id is known', async () => {
    const { poller, asked, watched, known } = poll(undefined, [])
    poller.watch(watched('SYN-1'))
    await vi.advanceTimersByTimeAsync(500)
    expect(asked).toEqual([])
    known.add('a1')
    poller.moved('SYN-1')
    await vi.advanceTimersByTimeAsync(1)
    expect(asked.map(([system]) => system)).toEqual(['shop', 'mes'])
    poller.stop()
  })

  it('asks quickly while an order moves and rarely at rest', async () => {
    const { poller, asked, watched } = poll()
    poller.watch(watched('SYN-1'))
    await vi.advanceTimersByTimeAsync(20_000)
    const ofShop = asked.flatMap(([system, ms]) => (system === 'shop' ? [ms] : []))
    const waits = ofShop.slice(1).map((ms, index) => ms - (ofShop[index] ?? 0))
    expect(waits[0]).toBeLessThanOrEqual(101)
    expect(waits.at(-1)).toBeGreaterThanOrEqual(1000)
    const before = asked.length
    poller.moved('SYN-1')
    await vi.advanceTimersByTimeAsync(250)
    expect(asked.length - before).toBeGreaterThanOrEqual(4)
    poller.stop()
  })

  it('never asks one system more often than allowed, however many orders there are', async () => {
    const { poller, asked, watched } = poll()
    for (let index = 0; index < 40; index++) poller.watch(watched(`SYN-${index}`))
    await vi.advanceTimersByTimeAsync(2_000)
    const ofShop = asked.filter(([system]) => system === 'shop')
    expect(ofShop.length).toBeLessThanOrEqual(41)
    expect(ofShop.length).toBeGreaterThanOrEqual(38)
    poller.stop()
  })

  it('lets the orders take turns when the limit leaves too few questions for all', async () => {
    const { poller, watched, askedAbout } = poll()
    for (let index = 0; index < 40; index++) poller.watch(watched(`SYN-${index}`))
    await vi.advanceTimersByTimeAsync(4_500)
    const often = Map.groupBy(askedAbout, (key) => key)
    expect(often.size).toBe(40)
    expect([...often.values()].every((questions) => questions.length >= 3)).toBe(true)
    poller.stop()
  })

  it('tells facts, and the unreachable system as a condition', async () => {
    const fact: StatusUnavailable = {
      id: 'status-api:mes:1',
      source: 'status-api',
      kind: 'status-unavailable',
      at: { clock: 'monitor', earliest: EPOCH, latest: plus(EPOCH, fromMs(2)) },
      seenAt: EPOCH,
      keys: [],
      system: 'mes',
      why: 'refused',
      detail: 'refused the connection',
      poll: null,
    }
    const { poller, facts, conditions, watched } = poll(() => ({
      outcome: 'unavailable',
      why: 'refused',
      facts: [fact],
    }))
    poller.watch(watched('SYN-1'))
    await vi.advanceTimersByTimeAsync(1)
    expect(facts[0]).toBe(fact)
    expect(conditions[0]).toEqual({
      id: 'status-api:mes:1:unreachable',
      source: 'status-api',
      kind: 'system-unreachable',
      subject: 'mes',
      from: EPOCH,
      to: plus(EPOCH, fromMs(2)),
    })
    poller.stop()
  })

  it('asks about many orders in one question where the asker takes several, at that asker’s own pace', async () => {
    const together: number[] = []
    const { poller, watched } = poll(undefined, ['a1'], {
      systems: ['shop'],
      pace: { quick: milliseconds(500), slowest: milliseconds(500), maxPerSecond: 2 },
      askMany: async (_system, orders) => {
        together.push(orders.length)
        return orders.map(() => ({ outcome: 'not-yet', facts: [] }))
      },
    })
    for (let index = 0; index < 40; index++) poller.watch(watched(`SYN-${index}`))
    await vi.advanceTimersByTimeAsync(2_400)
    expect(together).toEqual([1, 40, 40, 40, 40])
    poller.stop()
  })

  it('asks only about orders the asker wants, and slowly once it has found what it was asked for', async () => {
    let wanted = false
    const { poller, asked, watched } = poll(() => ({ outcome: 'found', facts: [] }), ['a1'], {
      systems: ['shop'],
      restsOnceFound: true,
      wants: () => wanted,
    })
    poller.watch(watched('SYN-1'))
    await vi.advanceTimersByTimeAsync(500)
    expect(asked).toEqual([])
    wanted = true
    poller.moved('SYN-1')
    await vi.advanceTimersByTimeAsync(3_100)
    expect(asked.map(([, ms]) => ms)).toEqual([500, 1_500, 2_500, 3_500])
    poller.stop()
  })

  it('asks again once the order has moved, where what was found may be gone', async () => {
    const { poller, asked, watched } = poll(() => ({ outcome: 'found', facts: [] }), ['a1'], {
      systems: ['shop'],
      restsOnceFound: true,
      looksAgainOnceMoved: true,
    })
    poller.watch(watched('SYN-1'))
    await vi.advanceTimersByTimeAsync(500)
    const before = asked.length
    poller.moved('SYN-1')
    await vi.advanceTimersByTimeAsync(200)
    expect(asked.length).toBe(before + 1)
    await vi.advanceTimersByTimeAsync(700)
    expect(asked.length).toBe(before + 1)
    poller.stop()
  })

  it('calls no system unreachable because another source of its view does not answer', async () => {
    const at = { clock: 'monitor', earliest: EPOCH, latest: EPOCH }
    const fact: StatusUnavailable = {
      id: 'postgres:mes:1',
      source: 'postgres',
      kind: 'status-unavailable',
      at,
      seenAt: EPOCH,
      keys: [],
      system: 'mes',
      why: 'refused',
      detail: 'refused the connection',
      poll: null,
    }
    const down: Condition = {
      id: 'down',
      source: 'postgres',
      kind: 'source-down',
      subject: 'mes-db',
      from: EPOCH,
      to: EPOCH,
      detail: 'refused the connection',
    }
    const { poller, conditions, watched } = poll(
      () => ({ outcome: 'unavailable', why: 'refused', facts: [fact], conditions: [down] }),
      ['a1'],
      { systems: ['mes'] },
    )
    poller.watch(watched('SYN-1'))
    await vi.advanceTimersByTimeAsync(1)
    expect(conditions).toEqual([down])
    poller.stop()
  })

  it('leaves no timer when stopped, and asks no more about an order let go', async () => {
    const { poller, asked, watched } = poll()
    poller.watch(watched('SYN-1'))
    await vi.advanceTimersByTimeAsync(1)
    poller.unwatch('SYN-1')
    const before = asked.length
    await vi.advanceTimersByTimeAsync(5_000)
    expect(asked.length).toBe(before)
    poller.stop()
    poller.stop()
    expect(vi.getTimerCount()).toBe(0)
  })
})
