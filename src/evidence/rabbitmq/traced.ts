import type { ConsumeMessage } from 'amqplib'
import type { MessageDelivered, MessagePublished } from '../fact.ts'
import { tableOf, textOf, textsOf } from './header-values.ts'
import { type Carried, readSigns, type Signs } from './message-signs.ts'
import { isMonitors } from './own-queues.ts'
import type { WatchedNames } from './watched-names.ts'

/** What one message of the firehose says, without the time. */
export type Traced =
  | ({ readonly kind: 'message-published' } & Signs & Pick<MessagePublished, 'exchange' | 'routingKey' | 'queues'>)
  | ({ readonly kind: 'message-delivered' } & Signs &
      Pick<MessageDelivered, 'exchange' | 'routingKey' | 'queue' | 'redelivered'>)

/** A pilot of ours seen on its way through the broker. */
export interface TracedPilot {
  readonly kind: 'pilot'
  readonly way: 'in' | 'out'
  readonly messageId: string
}

const PUBLISH = 'publish.'
const DELIVER = 'deliver.'

/** The queue a message of the firehose tells a delivery out of; null for a publication. */
export const deliveredFrom = ({ fields: { routingKey } }: Pick<ConsumeMessage, 'fields'>): string | null =>
  routingKey.startsWith(DELIVER) ? routingKey.slice(DELIVER.length) : null

/** Whether a message of the firehose tells of a publication; otherwise of a delivery. */
export const isPublication = ({ fields }: Pick<ConsumeMessage, 'fields'>): boolean =>
  fields.routingKey.startsWith(PUBLISH)

/** Whether something is said of an exchange or queue of the contract; others are of interest only where somebody has claimed them. */
export const isWatched = (traced: Traced, names: WatchedNames): boolean =>
  names.exchanges.has(traced.exchange) ||
  (traced.kind === 'message-delivered'
    ? names.queues.has(traced.queue)
    : traced.queues.some((it) => names.queues.has(it)))

/**
 * Reads one message of `amq.rabbitmq.trace`; the body, which is the traced message's own, is not looked at. Undefined for traffic of the
 * monitors among themselves and for messages that carry no name at all.
 */
export function readTraced(
  { fields, properties }: Pick<ConsumeMessage, 'fields' | 'properties'>,
  pilotQueue: string,
  names: WatchedNames,
): Traced | TracedPilot | undefined {
  const headers = tableOf(properties.headers)
  const { routingKey: way } = fields
  const exchange = typeof headers.exchange_name === 'string' ? headers.exchange_name : ''
  const [routingKey = ''] = textsOf(headers.routing_keys)
  const of = tableOf(headers.properties)
  // Pilots and monitors' own queues are reached through the default exchange, by the queue's name.
  if (exchange === '' && isMonitors(routingKey)) return routingKey === pilotQueue ? pilotOf(way, of) : undefined
  const carried: Carried = {
    messageId: of.message_id,
    correlationId: of.correlation_id,
    headers: tableOf(of.headers),
  }
  if (way.startsWith(PUBLISH)) {
    const signs = readSigns(carried, names)
    if (signs.keys.length === 0) return undefined
    const queues = textsOf(headers.routed_queues).filter((queue) => !isMonitors(queue))
    return { kind: 'message-published', ...signs, exchange, routingKey, queues }
  }
  if (!way.startsWith(DELIVER)) return undefined
  const queue = way.slice(DELIVER.length)
  if (isMonitors(queue)) return undefined
  const signs = readSigns(carried, names)
  if (signs.keys.length === 0) return undefined
  const redelivered = headers.redelivered === 1 || headers.redelivered === true
  return { kind: 'message-delivered', ...signs, exchange, routingKey, queue, redelivered }
}

function pilotOf(way: string, of: Readonly<Record<string, unknown>>): TracedPilot | undefined {
  const messageId = textOf(of.message_id)
  if (messageId === null) return undefined
  return { kind: 'pilot', way: way.startsWith(PUBLISH) ? 'in' : 'out', messageId }
}
