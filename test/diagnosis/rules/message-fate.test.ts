import { describe, expect, test } from 'vitest'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../../src/diagnosis/verdict.ts'
import type { Condition } from '../../../src/evidence/condition.ts'
import type { Fact } from '../../../src/evidence/fact.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { at, createWorld, type Trouble, type World } from '../../support/world.ts'

const contract = jewelryToldBriefly('fast')
const world = (trouble: Trouble, more: { at?: string; spans?: boolean } = {}): World =>
  createWorld({ seed: 9, trouble, broker: true, ...more })

interface Changed {
  readonly fact?: (fact: Fact) => Fact | readonly Fact[]
  readonly condition?: (condition: Condition) => Condition | readonly Condition[]
  /** The part of the contract's hand-off H5 that is otherwise. */
  readonly h5?: object
}

function judge({ order, knownAt }: World, ms: number, { fact, condition, h5 }: Changed = {}): Evaluation {
  const { evidence, now } = knownAt(ms)
  const changed = {
    ...evidence,
    facts: evidence.facts.flatMap((each) => fact?.(each) ?? each),
    conditions: evidence.conditions.flatMap((each) => condition?.(each) ?? each),
  }
  const { H5 } = contract.handoffs
  const with5 = H5 === undefined ? contract : { ...contract, handoffs: { ...contract.handoffs, H5: { ...H5, ...h5 } } }
  return evaluate(with5, order, changed, now)
}

const broken = ({ findings }: Evaluation) => findings.filter(({ severity }) => severity === 'broken')
const codes = (verdict: Evaluation) => broken(verdict).map(({ code }) => code)
const LATE = 20_000

describe('a dead letter', () => {
  test('in a queue the contract calls a delay is no end', () => {
    const terminal = { retry: ['mes.orders.retry', 'mes.orders.retry-last', 'orders.dead'], terminal: [] }
    expect(codes(judge(world('rejected for good'), 5_000, { h5: terminal }))).toEqual([])
  })
  test('in a queue the contract does not name is one only when the deadline has passed', () => {
    const unnamed = { h5: { terminal: [] } }
    expect(codes(judge(world('rejected for good'), 5_000, unnamed))).toEqual([])
    expect(codes(judge(world('rejected for good'), LATE, unnamed))).toEqual(['message-dead-lettered'])
  })
  test('that is driven back and taken leaves the order sound', () => {
    const healthy = world('none')
    const driven = world('rejected for good').evidence.facts.filter(({ kind }) => kind === 'message-dead-lettered')
    const { evidence } = healthy
    const own = evidence.facts.find((fact) => fact.kind === 'message-published')
    expect(own).toBeDefined()
    const before = driven.map((fact) => ({
      ...fact,
      ...(own?.kind === 'message-published' ? { messageId: own.messageId } : {}),
    }))
    const verdict = evaluate(contract, healthy.order, { ...evidence, facts: [...evidence.facts, ...before] }, at(LATE))
    expect(codes(verdict)).toEqual([])
  })
  test('while a copy of the message still waits is no end before the deadline', () => {
    const second = (fact: Fact): readonly Fact[] =>
      fact.kind === 'message-published' && fact.exchange === 'orders'
        ? [fact, { ...fact, id: 'second', messageId: 'second' }]
        : [fact]
    expect(codes(judge(world('rejected for good'), 5_000, { fact: second }))).toEqual([])
  })
  test.each([
    ['expired', /expired in mes\.orders before mes took it/],
    ['maxlen', /was pushed out of mes\.orders, which was full/],
    ['delivery_limit', /given up by the broker/],
  ] as const)('that %s says so', (reason, says) => {
    const died = (fact: Fact): readonly Fact[] => {
      if (fact.kind === 'message-delivered') return []
      if (fact.kind !== 'message-dead-lettered') return [fact]
      const [last] = fact.deaths
      return fact.queues.includes('orders.dead') && last !== undefined
        ? [{ ...fact, deaths: [{ ...last, reason }] }]
        : []
    }
    const verdict = judge(world('rejected for good'), 5_000, { fact: died })
    expect(codes(verdict)).toEqual(['message-dead-lettered'])
    expect(verdict.reason).toMatch(says)
  })
  test('of another order is none of ours', () => {
    const foreign = (fact: Fact): Fact =>
      fact.source === 'rabbitmq' ? { ...fact, keys: [{ kind: 'order', value: 'somebody else’s' }] } : fact
    expect(codes(judge(world('rejected for good', { spans: false }), 5_000, { fact: foreign }))).toEqual([])
  })
})

describe('a message the broker has no queue for', () => {
  const routedTo = (queues: readonly string[]) => (fact: Fact) =>
    fact.kind === 'message-published' && fact.exchange === 'orders' ? { ...fact, queues } : fact
  test('is spoken of at once', () => {
    expect(codes(judge(world('unroutable'), 700))).toEqual(['message-unroutable'])
  })
  test('that an alternate exchange put elsewhere is spoken of at the deadline, with where it is', () => {
    const elsewhere = { fact: routedTo(['unrouted']) }
    expect(codes(judge(world('unroutable'), 5_000, elsewhere))).toEqual([])
    const verdict = judge(world('unroutable'), LATE, elsewhere)
    expect(codes(verdict)).toEqual(['message-unroutable'])
    expect(verdict.reason).toMatch(/went to unrouted, not to mes\.orders/)
  })
  test('and is published again with success breaks nothing', () => {
    const twice = (fact: Fact): readonly Fact[] =>
      fact.kind === 'message-published' && fact.exchange === 'orders'
        ? [{ ...fact, id: 'before', queues: [] }, fact]
        : [fact]
    expect(codes(judge(world('none'), LATE, { fact: twice }))).toEqual([])
  })
  test('but is an event of which the contract knows nothing breaks nothing', () => {
    const aside = (fact: Fact): readonly Fact[] =>
      fact.kind === 'message-published' && fact.exchange === 'orders'
        ? [fact, { ...fact, id: `aside of ${fact.id}`, routingKey: 'order.viewed', messageId: 'aside', queues: [] }]
        : [fact]
    for (const ms of [700, 2_000, LATE]) expect(codes(judge(world('none'), ms, { fact: aside }))).toEqual([])
  })
})

describe('a message that is neither in the queue nor handed out', () => {
  const setup = (more: object) => (condition: Condition) =>
    condition.kind === 'queue-setup' && condition.subject === 'mes.orders'
      ? { ...condition, deadLetterExchange: null, ...more }
      : condition
  test.each([
    [{ messageTtlMs: 500 }, /had expired/],
    [{ maxLength: 10 }, /had been pushed out/],
    [{}, /purged or removed/],
  ])('with the queue’s arguments %o', (more, says) => {
    const verdict = judge(world('purged'), LATE, { condition: setup(more) })
    expect(codes(verdict)).toEqual(['message-lost'])
    expect(verdict.reason).toMatch(says)
  })
  test('whose queue is gone is told so', () => {
    const gone = (condition: Condition) =>
      condition.kind === 'queue-state' && condition.subject === 'mes.orders' && condition.from > at(2_000)
        ? { ...condition, exists: false, ready: null, unacknowledged: null, consumers: null }
        : condition.kind === 'queue-state' && condition.ready === 0
          ? []
          : condition
    const verdict = judge(world('purged'), LATE, { condition: gone })
    expect(codes(verdict)).toEqual(['message-lost'])
    expect(verdict.reason).toMatch(/no such queue any more/)
  })
  test('is not called lost where it may have died unseen', () => {
    const { order, knownAt } = world('purged')
    const { evidence, now } = knownAt(LATE)
    const unseen = {
      ...evidence,
      coverage: evidence.coverage.filter(({ instance }) => instance !== 'dead-letters'),
      conditions: evidence.conditions.filter(({ kind }) => kind !== 'queue-setup'),
    }
    const verdict = evaluate(contract, order, unseen, now)
    expect(codes(verdict)).toEqual(['stage-overdue'])
    expect(verdict.unchecked).toContainEqual(expect.objectContaining({ code: 'message-lost', handoff: 'H5' }))
  })
  test('is not called lost where the tap was away when it may have been handed out', () => {
    const { order, knownAt } = world('purged')
    const { evidence, now } = knownAt(LATE)
    const hole = evidence.coverage.filter(
      ({ source, from, to }) => source !== 'rabbitmq' || to < at(600) || from > at(900),
    )
    expect(codes(evaluate(contract, order, { ...evidence, coverage: hole }, now))).toEqual(['stage-overdue'])
  })
})

describe('a message handed out more often than the contract allows', () => {
  const often = { h5: { deliveries: 2 } }
  test('that is handled in the end breaks nothing', () => {
    const again = (fact: Fact): readonly Fact[] =>
      fact.kind === 'message-delivered' && fact.queue === 'mes.orders'
        ? [fact, ...['a', 'b', 'c'].map((id) => ({ ...fact, id, redelivered: true }))]
        : [fact]
    expect(codes(judge(world('none'), LATE, { ...often, fact: again }))).toEqual([])
  })
  test('is not told before its deadline', () => {
    expect(codes(judge(world('requeued for ever'), 6_000, often))).toEqual([])
    expect(codes(judge(world('requeued for ever'), LATE, often))).toEqual(['message-redelivered'])
  })
})

describe('work that is begun anew with each redelivery', () => {
  /** Its message is handed out again twice before it is settled, once behind each failed attempt. */
  const anew = (fact: Fact): readonly Fact[] =>
    fact.kind === 'message-delivered' && fact.queue === 'mes.orders'
      ? [
          fact,
          ...[100, 200].map((ms) => ({
            ...fact,
            id: `${fact.id} after ${ms}`,
            redelivered: true,
            at: { ...fact.at, earliest: at(300 + ms), latest: at(301 + ms) },
          })),
        ]
      : [fact]
  test('has not failed for good while it may still come to its end', () => {
    expect(codes(judge(world('work throws'), 5_000))).toEqual(['processing-failed'])
    expect(codes(judge(world('work throws'), 5_000, { fact: anew }))).toEqual([])
  })
  test('is told as the message’s going round when its stage is overdue', () => {
    const verdict = judge(world('work throws'), LATE, { fact: anew })
    expect(codes(verdict)).toEqual(['message-redelivered'])
    expect(broken(verdict)[0]?.explains.map(({ code }) => code)).toContain('processing-failed')
  })
})

describe('a message that was settled and shows nothing', () => {
  test('is not called swallowed where its receiver had gone further before it came', () => {
    const closed = (fact: Fact): Fact =>
      fact.kind === 'status-answered' && fact.system === 'crm' && fact.at.earliest > at(600)
        ? { ...fact, status: 'CLOSED', history: [...(fact.history ?? []), 'CLOSED'] }
        : fact
    const swallowed = world('swallowed', { at: 'H11/PACKAGING' })
    expect(codes(judge(swallowed, 13_000))).toEqual(['message-swallowed'])
    expect(codes(judge(swallowed, 13_000, { fact: closed }))).not.toContain('message-swallowed')
  })
  test('is not called swallowed where its receiver’s own span made the change', () => {
    const undone = (fact: Fact): Fact =>
      fact.kind === 'status-answered' && fact.system === 'mes' ? { ...fact, status: null, history: null } : fact
    expect(codes(judge(world('work hangs'), LATE, { fact: undone }))).not.toContain('message-swallowed')
  })
})

describe('a message that was settled, in a queue from which somebody else’s never is', () => {
  /** The other was handed out at that moment, and nobody settles it. */
  const other = (sinceMs: number) => (condition: Condition) =>
    condition.kind === 'queue-state' && condition.subject === 'mes.orders' && condition.to >= at(sinceMs)
      ? {
          ...condition,
          unacknowledged: condition.unacknowledged === null ? null : condition.unacknowledged + 1,
          handedOut: (condition.handedOut ?? 0) + 1,
        }
      : condition
  test.each([-60_000, 100, 3_000])('since %i ms is not called unsettled for the sake of the total', (since) => {
    const swallowed = world('swallowed', { spans: false })
    expect(codes(judge(swallowed, LATE, { condition: other(since) }))).not.toContain('message-unacknowledged')
  })
  test('is the one never settled where all that were handed out since a total of zero are', () => {
    const both = judge(world('never settled', { spans: false }), LATE, { condition: other(110) })
    expect(codes(both)).toEqual(['message-unacknowledged'])
  })
})

test('until the totals of the queue are fresh, nothing less precise is said; afterwards it is', () => {
  const stale = {
    condition: (condition: Condition) =>
      condition.kind === 'queue-state' && condition.to > at(4_000) ? [] : condition,
  }
  const open = judge(world('never settled'), 12_000, stale)
  expect({ state: open.state, codes: codes(open) }).toEqual({ state: 'open', codes: [] })
  expect(open.wakeAt).not.toBeNull()
  expect(codes(judge(world('never settled'), LATE, stale))).toEqual(['stage-overdue'])
})
