import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFollower, type FollowerOptions } from '../../src/app/follow/follower.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import { correlate } from '../../src/evidence/correlate.ts'
import type { EvidenceRecord, WatchedOrder } from '../../src/evidence/evidence.ts'
import type { Fact, OrderPlaced, SpanEnded } from '../../src/evidence/fact.ts'
import { keyText } from '../../src/evidence/keys.ts'
import { fromMs, plus, unixNanos } from '../../src/shared/units.ts'
import { healthy } from '../report/orders.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'

const EPOCH = unixNanos(1_795_000_000_000_000_000n)
const TRACE = '0af7651916cd43dd8448eb211c80319c'

const order = (key: string): WatchedOrder => ({
  key,
  flow: 'customer',
  probe: 'shop-api',
  run: `run of ${key}`,
  until: null,
  enteredAt: EPOCH,
  placeWithinMs: 1000,
})

const placed = (key: string, orderId: string): OrderPlaced => ({
  id: `probe:${key}:placed`,
  source: 'probe',
  kind: 'order-placed',
  at: { clock: 'monitor', earliest: EPOCH, latest: EPOCH },
  seenAt: EPOCH,
  keys: [
    { kind: 'reference', value: key },
    { kind: 'order', value: orderId },
  ],
  orderId,
})

const span = (orderId: string, spanId = '1111111111111111'): SpanEnded => ({
  id: `otlp:${TRACE}:${spanId}`,
  source: 'otlp',
  kind: 'span-ended',
  at: { clock: 'shop-api/1', earliest: EPOCH, latest: EPOCH },
  seenAt: EPOCH,
  keys: [
    { kind: 'trace', value: TRACE },
    { kind: 'order', value: orderId },
  ],
  batch: null,
  span: {
    traceId: TRACE,
    spanId,
    parentSpanId: null,
    parentIsRemote: null,
    links: [],
    kind: 'server',
    name: 'POST',
    start: EPOCH,
    end: EPOCH,
    status: 'unset',
    statusMessage: null,
    attributes: { 'order.id': orderId },
    exceptions: [],
    service: 'shop-api',
    instance: 'shop-api/1',
    version: null,
    scope: 'http',
  },
})

const open: Evaluation = { ...healthy.decision.evaluation, state: 'open', wakeAt: null }

const follow = (evaluate: (facts: readonly Fact[], nowMs: number) => Partial<Evaluation> = () => ({})) => {
  const claimed: string[] = []
  const released: string[] = []
  const records: [EvidenceRecord, string][] = []
  const polled = new Set<string>()
  let evaluations = 0
  const options: FollowerOptions = {
    contract: jewelryToldBriefly('fast'),
    // Time is what the fake timers say, so that a deadline is reached by moving it.
    clock: { now: () => plus(EPOCH, fromMs(Date.now())) },
    evaluate: (_contract, _order, { facts }, now) => {
      evaluations++
      return { ...open, ...evaluate(facts, Number((now - EPOCH) / 1_000_000n)) }
    },
    correlate,
    claim: (keys, holder) => claimed.push(...keys.map((key) => `${holder} ${keyText(key)}`)),
    release: (keys, holder) => released.push(...keys.map((key) => `${holder} ${keyText(key)}`)),
    poll: {
      watch: (watched) => polled.add(watched.order.key),
      moved: () => {},
      unwatch: (key) => polled.delete(key),
    },
    planted: { add: () => {}, remove: () => {} },
    record: (record, run) => records.push([record, run]),
  }
  const settle = () => vi.advanceTimersByTimeAsync(100)
  return {
    follower: createFollower(options),
    claimed,
    released,
    records,
    polled,
    settle,
    evaluations: () => evaluations,
  }
}

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the follower', () => {
  it('has the listeners look out for an order’s reference at once, and for each name it learns once', async () => {
    const { follower, claimed, settle } = follow()
    follower.watch(order('SYN-1'))
    expect(claimed).toEqual(['SYN-1 reference:SYN-1'])
    follower.fact(placed('SYN-1', 'a1'))
    await settle()
    follower.fact(span('a1'))
    await settle()
    expect(claimed).toEqual(['SYN-1 reference:SYN-1', 'SYN-1 order:a1', `SYN-1 trace:${TRACE}`])
  })

  it('gives a fact that came too early to the order as soon as that learns its name', async () => {
    const { follower, settle } = follow()
    const watched = follower.watch(order('SYN-1'))
    follower.fact(span('a1'))
    await settle()
    expect(watched.facts()).toEqual([])
    follower.fact(placed('SYN-1', 'a1'))
    await settle()
    expect(watched.facts().map((fact) => fact.kind)).toEqual(['order-placed', 'span-ended'])
  })

  it('keeps the orders of two runs apart, and writes each fact to the run it belongs to', async () => {
    const { follower, records, settle } = follow()
    const [one, two] = [follower.watch(order('SYN-1')), follower.watch(order('SYN-2'))]
    follower.fact(placed('SYN-1', 'a1'))
    follower.fact(placed('SYN-2', 'a2'))
    await settle()
    expect([one.facts().length, two.facts().length]).toEqual([1, 1])
    expect(records.map(([{ record }, run]) => `${record.id} in ${run}`)).toEqual([
      'probe:SYN-1:placed in run of SYN-1',
      'probe:SYN-2:placed in run of SYN-2',
    ])
  })

  it('takes a fact told twice once', async () => {
    const { follower, records } = follow()
    const watched = follower.watch(order('SYN-1'))
    follower.fact(placed('SYN-1', 'a1'))
    follower.fact(placed('SYN-1', 'a1'))
    expect([watched.facts().length, records.length]).toEqual([1, 1])
  })

  it('evaluates a burst of facts once', async () => {
    const { follower, evaluations, settle } = follow()
    follower.watch(order('SYN-1'))
    follower.fact(placed('SYN-1', 'a1'))
    await settle()
    const before = evaluations()
    for (let index = 0; index < 50; index++) follower.fact(span('a1', String(index).padStart(16, '0')))
    await settle()
    expect(evaluations() - before).toBeLessThanOrEqual(2)
  })

  it('evaluates again at the moment at which time alone changes the answer', async () => {
    const deadlineMs = 5_000
    const { follower } = follow((_facts, nowMs) =>
      nowMs < deadlineMs
        ? { wakeAt: plus(EPOCH, fromMs(deadlineMs)) }
        : { state: 'final', verdict: 'broken', reason: 'too late' },
    )
    const watched = follower.watch(order('SYN-1'))
    await vi.advanceTimersByTimeAsync(deadlineMs - 1)
    expect(watched.standing()?.evaluation.state).toBe('open')
    await vi.advanceTimersByTimeAsync(2)
    expect(watched.standing()?.evaluation).toMatchObject({ state: 'final', reason: 'too late' })
  })

  it('asks no more after the final verdict, and supersedes it when later evidence overturns it', async () => {
    const { follower, polled, settle } = follow((facts) =>
      facts.length === 0
        ? {}
        : facts.length === 1
          ? { state: 'final', verdict: 'broken', reason: 'lost' }
          : { state: 'final', verdict: 'passed', reason: 'found again' },
    )
    const watched = follower.watch(order('SYN-1'))
    expect([...polled]).toEqual(['SYN-1'])
    follower.fact(placed('SYN-1', 'a1'))
    await settle()
    expect([...polled]).toEqual([])
    expect(watched.standing()).toMatchObject({ revision: 1, evaluation: { verdict: 'broken' } })
    follower.fact(span('a1'))
    await settle()
    expect(watched.standing()).toMatchObject({ revision: 2, evaluation: { verdict: 'passed' } })
  })

  it('writes shared coverage to every open run, also to one that begins later', async () => {
    const { follower, records } = follow()
    const coverage = {
      id: 'c1',
      source: 'otlp',
      service: 'shop-api',
      instance: 'shop-api/1',
      from: EPOCH,
      to: EPOCH,
      seenAt: EPOCH,
      spans: 3,
      dropped: 2,
    } as const
    follower.coverage(coverage)
    follower.watch(order('SYN-1'))
    expect(records).toEqual([[{ type: 'coverage', record: coverage }, 'run of SYN-1']])
    expect([follower.gaps(), [...follower.heard()]]).toEqual([[coverage], ['shop-api']])
  })

  it('lets go of every name of an order', async () => {
    const { follower, claimed, released, settle } = follow()
    follower.watch(order('SYN-1'))
    follower.fact(placed('SYN-1', 'a1'))
    await settle()
    follower.unwatch('SYN-1')
    expect(released.sort()).toEqual(claimed.sort())
    expect(follower.watched('SYN-1')).toBeUndefined()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('lets a wait end by its limit or by a signal, leaving no timer', async () => {
    const { follower } = follow()
    const watched = follower.watch(order('SYN-1'))
    const late = watched.until(() => false, 1000)
    await vi.advanceTimersByTimeAsync(1000)
    expect(await late).toBe(false)
    const stop = new AbortController()
    const stopped = watched.final(stop.signal)
    stop.abort(new Error('enough'))
    await expect(stopped).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })
})
