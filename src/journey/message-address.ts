import { firstText, MESSAGE_ID_ATTRIBUTES } from '../evidence/message-ids.ts'
import type { Span } from '../evidence/span.ts'
import type { MessageAddress } from './act.ts'

const DEFAULT_EXCHANGE = new Set(['amq.default', '<default>', ''])

/**
 * Exchange, routing key and queue of a publish or consume span. Three generations of names, and in each the instrumentations disagree
 * what a destination is: the exchange (amqplib, Java's client, .NET), the routing key (Spring), `exchange:key` and
 * `exchange:key:queue` (semantic conventions 1.27 and later), or `exchange/key` (Micrometer). The queue often stands in the name alone.
 */
export function readMessageAddress(span: Span, op: 'publish' | 'consume'): MessageAddress {
  const a = span.attributes
  const destination = firstText(a, ['messaging.destination.name', 'messaging.destination'])
  const key = firstText(a, ['messaging.rabbitmq.destination.routing_key', 'messaging.rabbitmq.routing_key'])
  const parts = destination?.split(':') ?? []
  const messageId = firstText(a, MESSAGE_ID_ATTRIBUTES)
  if (parts.length > 1) {
    const [exchange = null, second = null, third = null] = parts
    return {
      exchange: tidy(exchange),
      key: key ?? second,
      queue: op === 'consume' ? (third ?? second) : null,
      messageId,
    }
  }
  return {
    exchange: tidy(destination),
    key: key ?? keyFromName(span.name, op),
    queue: op === 'consume' ? (firstText(a, ['messaging.consumer.group.name']) ?? queueFromName(span.name)) : null,
    messageId,
  }
}

const tidy = (exchange: string | null): string | null =>
  exchange === null || DEFAULT_EXCHANGE.has(exchange) ? null : exchange

/** `mes.orders process`, `mes.orders receive` (amqplib, Java, Micrometer); a generated name says nothing. */
function queueFromName(name: string): string | null {
  const match = /^(\S+) (?:process|receive)$/.exec(name) ?? /^(?:process|receive) (\S+)$/.exec(name)
  const queue = match?.[1]?.split(':').at(-1)
  return queue === undefined || queue.startsWith('<') ? null : queue
}

/** `publish order.submitted`, `deliver order.submitted` (.NET), `orders/order.submitted send` (Micrometer). */
function keyFromName(name: string, op: 'publish' | 'consume'): string | null {
  if (op === 'publish') return /^[^/\s]*\/(\S+) send$/.exec(name)?.[1] ?? null
  return /^(?:deliver|fetch) (\S+)$/.exec(name)?.[1] ?? /^(\S+) deliver$/.exec(name)?.[1] ?? null
}
