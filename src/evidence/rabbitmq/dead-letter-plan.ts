import type { Binding, BrokerQueues } from './broker-queues.ts'
import { isMonitors } from './own-queues.ts'
import { bindingMatches, type ExchangeType, exchangeTypeOf } from './routing.ts'

/** One binding we may make: another queue is bound to the exchange with the same key, so no message is routed that was not. */
export interface OwnBinding {
  readonly exchange: string
  readonly key: string
}

/** Where dead letters of the contract's queues pass, and what of it may be watched. */
export interface DeadLetterPlan {
  readonly bindings: readonly OwnBinding[]
  /** Why some dead letters of these queues cannot be seen; empty: all of them can. */
  readonly unseen: readonly string[]
  /** Queues of others towards which an exchange routes a dead letter. */
  queuesFor(exchange: string, routingKey: string): readonly string[]
}

export const NO_DEAD_LETTERS: DeadLetterPlan = { bindings: [], unseen: [], queuesFor: () => [] }

interface Passage {
  readonly exchange: string
  readonly type: ExchangeType
  readonly bound: readonly Binding[]
}

/**
 * Works out what to bind to the dead letter exchanges of the queues. Never to an exchange of the contract, never to the default exchange, never with a key nobody
 * else has bound, and never to an exchange whose routing a further binding would change.
 */
export async function planDeadLetters(
  broker: BrokerQueues,
  queues: ReadonlySet<string>,
  business: ReadonlySet<string>,
): Promise<DeadLetterPlan> {
  const unseen = new Set<string>()
  const exchanges = new Set<string>()
  const read = await broker.arguments([...queues])
  if (read.outcome === 'unavailable') unseen.add(read.why)
  if (read.outcome === 'found') {
    for (const { deadLetterExchange } of read.value.values()) {
      if (deadLetterExchange !== null) exchanges.add(deadLetterExchange)
    }
  }
  const passages: Passage[] = []
  for (const exchange of exchanges) {
    const passage = await passageOf(broker, exchange, business)
    if (typeof passage === 'string') unseen.add(passage)
    else {
      if (passage.bound.some(({ to }) => to === 'exchange'))
        unseen.add(`${exchange} passes dead letters on to other exchanges`)
      passages.push(passage)
    }
  }
  const toQueues = passages.flatMap(({ bound }) => bound.filter(({ to }) => to === 'queue'))
  const keys = new Map(toQueues.map(({ exchange, key }) => [`${exchange} ${key}`, { exchange, key }]))
  return {
    bindings: [...keys.values()],
    unseen: [...unseen],
    queuesFor: (exchange, routingKey) => {
      const passage = passages.find((it) => it.exchange === exchange)
      if (passage === undefined) return []
      const reached = passage.bound.filter(
        ({ to, key }) => to === 'queue' && bindingMatches(passage.type, key, routingKey),
      )
      return [...new Set(reached.map(({ destination }) => destination))]
    },
  }
}

/** How an exchange routes and to whom, ourselves left out; or why dead letters cannot be watched there. */
async function passageOf(
  broker: BrokerQueues,
  exchange: string,
  business: ReadonlySet<string>,
): Promise<Passage | string> {
  if (exchange === '') return 'dead letters go through the default exchange, to which nothing can be bound'
  if (business.has(exchange)) return `${exchange} is an exchange of the business itself, to which nothing is bound`
  const type = await broker.exchangeType(exchange)
  if (type.outcome === 'missing') return `the dead letter exchange ${exchange} does not exist`
  if (type.outcome === 'unavailable') return type.why
  const known = exchangeTypeOf(type.value)
  if (known === null) return `${exchange} is of the type ${type.value}, to which nothing is bound`
  const bindings = await broker.bindingsFrom(exchange)
  if (bindings.outcome === 'missing') return `the dead letter exchange ${exchange} does not exist`
  if (bindings.outcome === 'unavailable') return bindings.why
  return { exchange, type: known, bound: bindings.value.filter(({ destination }) => !isMonitors(destination)) }
}
