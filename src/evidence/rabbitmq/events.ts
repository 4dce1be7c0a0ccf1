import { Secret } from '../../shared/secret.ts'
import { type Connection, type ConnectionOptions, openConnection } from './connection.ts'
import { tableOf } from './header-values.ts'

/** The broker's own events, where its plugin tells them: a reason to look again at once, and nothing more. */
export interface BrokerEvents {
  close(): Promise<void>
}

/** What tells that something about a queue has changed. */
const KEYS = ['queue.created', 'queue.deleted', 'consumer.*', 'binding.*']
const EXCHANGE = 'amq.rabbitmq.event'
/** Without a vhost of its own configured, the plugin tells its events in this one. */
const EVENTS_VHOST = '/'
const MOST_WAITING = 1_000

/** Listens to events about `queues` of the virtual host `vhost`. Null where that is not to be had: the plugin is absent, or not for this user. */
export async function listenToEvents(
  options: ConnectionOptions,
  vhost: string,
  queues: ReadonlySet<string>,
  onChange: () => void,
): Promise<BrokerEvents | null> {
  let connection: Connection
  try {
    connection = await openConnection({ ...options, url: inEventsVhost(options.url) })
  } catch {
    return null
  }
  const { channel } = await connection.channel()
  try {
    await channel.checkExchange(EXCHANGE)
    const { queue } = await channel.assertQueue('', { exclusive: true, durable: false, maxLength: MOST_WAITING })
    for (const key of KEYS) await channel.bindQueue(queue, EXCHANGE, key)
    const concerns = (message: { properties: { headers: unknown } } | null) => {
      const headers = tableOf(message?.properties.headers)
      if (headers.vhost !== vhost) return
      if ([headers.name, headers.queue, headers.destination_name].some((name) => isOneOf(queues, name))) onChange()
    }
    await channel.consume(queue, concerns, { noAck: true })
  } catch {
    await connection.close()
    return null
  }
  return { close: () => connection.close() }
}

function inEventsVhost(url: Secret): Secret {
  const address = new URL(url.reveal())
  address.pathname = EVENTS_VHOST
  return new Secret(address.href)
}

const isOneOf = (queues: ReadonlySet<string>, name: unknown): boolean => typeof name === 'string' && queues.has(name)
