import type { Condition, QueueSetup } from '../../src/evidence/condition.ts'
import type { Coverage } from '../../src/evidence/coverage.ts'
import type { Death, MessageFact } from '../../src/evidence/fact.ts'
import type { SpanRef } from '../../src/evidence/span.ts'
import type { UnixNanos } from '../../src/shared/units.ts'

/** One message as it is told of. */
export interface Message {
  readonly messageId: string
  readonly context: SpanRef
  readonly exchange: string
  readonly key: string
  /** The queue its receiver reads. */
  readonly queue: string
}

interface Held {
  readonly ms: number
  readonly queue: string
  readonly ready?: number
  readonly unacknowledged?: number
  readonly consumers?: number
}

/** A broker of a synthetic world, and what a tap, a listener at the dead letter exchanges and a reader of queue totals tell of it. */
export interface WorldBroker {
  publish(ms: number, message: Message, queues: readonly string[]): void
  deliver(ms: number, message: Message, how?: { redelivered?: boolean; deaths?: readonly Death[] }): void
  deadLetter(ms: number, message: Message, towards: string, deaths: readonly Death[]): void
  /** Changes what a queue holds, from that moment on. */
  hold(held: Held): void
  setUp(
    queue: string,
    setup: Partial<Pick<QueueSetup, 'bindings' | 'messageTtlMs' | 'maxLength' | 'deadLetterExchange'>>,
  ): void
  tell(untilMs: number): {
    facts: readonly MessageFact[]
    conditions: readonly Condition[]
    coverage: readonly Coverage[]
  }
}

const QUEUES = ['mes.orders', 'mes.approvals', 'crm.statuses'] as const
const BINDINGS: Readonly<Record<string, QueueSetup['bindings']>> = {
  'mes.orders': [{ exchange: 'orders', key: 'order.submitted' }],
  'mes.approvals': [{ exchange: 'orders', key: 'order.approved' }],
  'crm.statuses': [{ exchange: 'manufacturing', key: 'order.status.*' }],
}
/** The tap was there before the order was. */
const RUNNING_MS = 10_000
const PILOT_MS = 200
const TOTALS_MS = 500
const SETUP_MS = 2_000
/** How old a total of the management API may be when it is told. */
const TOTALS_AGE_MS = 1_000
const LAG_MS = 3

export function createWorldBroker(at: (ms: number) => UnixNanos, random: () => number): WorldBroker {
  const facts: MessageFact[] = []
  const held: Held[] = []
  const setups = new Map<string, Partial<QueueSetup>>()

  const common = (ms: number, { messageId, context }: Message, deaths: readonly Death[] = []) => {
    const arrival = ms + 0.2 + random() * (LAG_MS - 0.2)
    return {
      id: `rabbitmq:${facts.length}`,
      source: 'rabbitmq' as const,
      at: { clock: 'monitor', earliest: at(arrival - LAG_MS), latest: at(arrival) },
      seenAt: at(arrival),
      keys: [{ kind: 'order' as const, value: 'a7f3-21' }],
      messageId,
      correlationId: 'a7f3-21',
      context,
      marked: null,
      deaths,
    }
  }
  const heldAt = (queue: string, ms: number) => {
    const sums = { ready: 0, unacknowledged: 0, consumers: 1 }
    for (const change of held) {
      if (change.queue !== queue || change.ms > ms) continue
      sums.ready += change.ready ?? 0
      sums.unacknowledged += change.unacknowledged ?? 0
      sums.consumers = change.consumers ?? sums.consumers
    }
    return sums
  }

  /** How many were handed out of the queue by then, others' too. */
  const handedOutBy = (queue: string, ms: number): number =>
    held
      .filter((change) => change.queue === queue && change.ms <= ms)
      .reduce((sum, { unacknowledged = 0 }) => sum + Math.max(0, unacknowledged), 0)

  return {
    publish(ms, message, queues) {
      facts.push({
        ...common(ms, message),
        kind: 'message-published',
        exchange: message.exchange,
        routingKey: message.key,
        queues,
      })
      for (const queue of queues) held.push({ ms: ms + 0.1, queue, ready: 1 })
    },
    deliver(ms, message, { redelivered = false, deaths = [] } = {}) {
      const returned = deaths.length > 0
      facts.push({
        ...common(ms, message, deaths),
        kind: 'message-delivered',
        queue: message.queue,
        exchange: returned ? 'returns' : message.exchange,
        routingKey: returned ? `${message.queue}.second` : message.key,
        redelivered,
      })
      held.push({ ms, queue: message.queue, ready: -1, unacknowledged: 1 })
    },
    deadLetter(ms, message, towards, deaths) {
      const toDelay = deaths[0]?.reason === 'rejected'
      facts.push({
        ...common(ms, message, deaths),
        kind: 'message-dead-lettered',
        exchange: toDelay ? 'retries' : 'returns',
        routingKey: toDelay ? message.key : `${message.queue}.second`,
        queues: [towards],
      })
      held.push({ ms: ms + 0.1, queue: towards, ready: 1 })
    },
    hold: (change) => void held.push(change),
    setUp: (queue, setup) => void setups.set(queue, setup),
    tell(untilMs) {
      const conditions: Condition[] = []
      const names = [...QUEUES.flatMap((queue) => [queue, `${queue}.retry`, `${queue}.retry-last`]), 'orders.dead']
      for (const queue of names) {
        for (let ms = 0; ms < untilMs; ms += SETUP_MS)
          conditions.push({
            id: `setup:${queue}:${ms}`,
            source: 'rabbitmq',
            subject: queue,
            from: at(ms),
            to: at(ms),
            kind: 'queue-setup',
            bindings: BINDINGS[queue] ?? [],
            messageTtlMs: queue.includes('retry') ? 300 : null,
            maxLength: null,
            deadLetterExchange: queue === 'orders.dead' ? null : queue.includes('retry') ? 'returns' : 'retries',
            deadLetterKey: null,
            ...setups.get(queue),
          })
        for (let ms = 100; ms < untilMs; ms += TOTALS_MS) {
          const told = { source: 'rabbitmq' as const, subject: queue, kind: 'queue-state' as const, exists: true }
          const old = heldAt(queue, ms - random() * TOTALS_AGE_MS)
          conditions.push({
            ...told,
            id: `totals:${queue}:${ms}`,
            from: at(ms - TOTALS_AGE_MS),
            to: at(ms),
            ...old,
            handedOut: handedOutBy(queue, ms - TOTALS_AGE_MS),
          })
          const { ready, consumers } = heldAt(queue, ms + 20)
          const handedOut = handedOutBy(queue, ms + 19)
          const now = { from: at(ms + 19), to: at(ms + 21), ready, consumers, unacknowledged: null, handedOut }
          conditions.push({ ...told, id: `declared:${queue}:${ms}`, ...now })
        }
      }
      const coverage: Coverage[] = []
      for (const instance of ['firehose', 'dead-letters'])
        for (let ms = -RUNNING_MS; ms < untilMs; ms += PILOT_MS)
          coverage.push({
            id: `rabbitmq:${instance}:${ms}`,
            source: 'rabbitmq',
            service: '/',
            instance,
            from: at(ms),
            to: at(ms + PILOT_MS),
            seenAt: at(ms + 2 * PILOT_MS + LAG_MS),
            spans: 3,
            dropped: 0,
          })
      return { facts, conditions, coverage }
    },
  }
}
