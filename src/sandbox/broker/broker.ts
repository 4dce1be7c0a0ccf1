import type { ChannelModel, ConsumeMessage } from 'amqplib'
import { delay } from '../../shared/wait.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import type { Log } from '../service/log.ts'
import type { Speed } from '../service/settings.ts'
import { createLongSpan } from '../telemetry/long-span.ts'
import { connect } from './connect.ts'
import { deliver, type LiveChannel, type Subscription } from './delivery.ts'
import { arrangeHeaders } from './headers.ts'
import { createLanes } from './lanes.ts'
import type { OrderMessage } from './messages.ts'
import { type MessageHeaders, publishOn } from './publish.ts'
import { declareTopology, type ExchangeName, type QueueName } from './topology.ts'

const PREFETCH = 10
const RECONNECT_MS = 250
const PUBLISH_LIMIT_MS = 30_000
const CONNECT_LIMIT_MS = 10_000

const AWAY: Readonly<Partial<Record<QueueName, FaultName>>> = {
  'mes.orders': 'orders-consumer-down',
  'mes.approvals': 'approvals-consumer-down',
  'crm.statuses': 'statuses-consumer-down',
}

export interface BrokerOptions {
  readonly url: string
  readonly service: string
  readonly speed: Speed
  readonly log: Log
  readonly switches: Switchboard
  readonly subscriptions: readonly Subscription[]
}

/** A connection to RabbitMQ that comes back by itself. */
export interface Broker {
  /** Publishes and waits for the broker's confirmation; waits for a reconnect when there is none at the moment. */
  publish(exchange: ExchangeName, key: string, message: OrderMessage, headers?: MessageHeaders): Promise<void>
  connected(): boolean
  /** Stops taking messages, lets those in hand finish, closes. */
  stop(): Promise<void>
}

interface Live extends LiveChannel {
  readonly connection: ChannelModel
  /** The consumer tag of each queue there is a subscription to. */
  readonly tags: Map<QueueName, string>
  /** Resolves when the connection has ended, by whichever side. */
  readonly ended: Promise<void>
}

/** Connects, declares, subscribes; after a lost connection does it all again until stopped. */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { log, service, switches } = options
  const stopping = new AbortController()
  const inHand = createLanes()
  let live: Live | undefined
  let waiting: (() => void)[] = []
  const loop = createLongSpan('mes.orders receive')

  const open = async (): Promise<void> => {
    const connection = await connect(options.url, {
      timeout: CONNECT_LIMIT_MS,
      clientProperties: { connection_name: service },
    })
    connection.on('error', (error: Error) => log.warn({ reason: error.message }, 'broker connection failed'))
    const ended = new Promise<void>((resolve) => connection.once('close', () => resolve()))
    try {
      goLive(await prepare(connection, ended))
    } catch (error) {
      await Promise.race([connection.close().catch(() => {}), ended])
      throw error
    }
  }

  const prepare = async (connection: ChannelModel, ended: Promise<void>): Promise<Live> => {
    const channel = await connection.createConfirmChannel()
    channel.on('error', (error: Error) => log.error({ reason: error.message }, 'broker channel failed'))
    // A closed channel leaves the connection of no use to us: start over with both.
    const closed = new AbortController()
    channel.once('close', () => {
      closed.abort(new Error('the channel is closed'))
      connection.close().catch(() => {})
    })
    await declareTopology(channel, options.speed)
    await channel.prefetch(PREFETCH)
    arrangeHeaders(channel, switches, loop)
    const tags = new Map<QueueName, string>()
    const opened = { connection, channel, closed: closed.signal, tags, ended }
    await agree(opened)
    return opened
  }

  /** Has the subscriptions it should have, and no other. */
  const agree = async ({ channel, closed, tags }: Pick<Live, 'channel' | 'closed' | 'tags'>) => {
    for (const subscription of options.subscriptions) {
      const { queue } = subscription
      const fault = AWAY[queue]
      const away = fault !== undefined && switches.active(fault, {})
      const tag = tags.get(queue)
      if (away && tag !== undefined) {
        await channel.cancel(tag)
        tags.delete(queue)
      } else if (!away && tag === undefined) tags.set(queue, await subscribe({ channel, closed }, subscription))
    }
  }

  let agreeing = Promise.resolve()
  switches.watch(() => {
    if (!switches.list().some(({ name }) => name === 'orders-consumed-in-one-span')) loop.end()
    agreeing = agreeing
      .then(async () => {
        if (live !== undefined) await agree(live)
      })
      .catch((error: unknown) => log.warn({ err: error }, 'the subscriptions could not be changed'))
  })

  const goLive = (opened: Live) => {
    live = opened
    void opened.ended.then(() => {
      live = undefined
      if (!stopping.signal.aborted) void reopen()
    })
    const ready = waiting
    waiting = []
    for (const resume of ready) resume()
  }

  const subscribe = async (on: LiveChannel, subscription: Subscription): Promise<string> => {
    const { consumerTag } = await on.channel.consume(subscription.queue, (message: ConsumeMessage | null) => {
      if (message === null) {
        log.warn({ queue: subscription.queue }, 'the broker cancelled the subscription')
        return void live?.connection.close().catch(() => {})
      }
      inHand.run(String(message.properties.correlationId), () => deliver(on, message, subscription, log))
    })
    return consumerTag
  }

  const reopen = async () => {
    while (!stopping.signal.aborted) {
      try {
        await open()
        return log.info('broker connected again')
      } catch (error) {
        log.warn({ reason: error instanceof Error ? error.message : String(error) }, 'broker not reachable')
        await delay(RECONNECT_MS, stopping.signal).catch(() => {})
      }
    }
  }

  const current = async (deadline: number): Promise<Live> => {
    while (live === undefined) {
      if (stopping.signal.aborted || performance.now() > deadline) throw new Error('the broker is not reachable')
      await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), delay(RECONNECT_MS)])
    }
    return live
  }

  const closeDown = async ({ connection, channel, tags }: Live) => {
    for (const tag of tags.values()) await channel.cancel(tag).catch(() => {})
    await inHand.empty()
    await channel.waitForConfirms().catch(() => {})
    await connection.close().catch(() => {})
  }

  await open()
  return {
    async publish(exchange, key, message, headers) {
      const deadline = performance.now() + PUBLISH_LIMIT_MS
      while (true) {
        const { channel } = await current(deadline)
        try {
          return await publishOn(channel, { exchange, key, service, headers }, message)
        } catch (error) {
          // Lost with the channel: unconfirmed, so sent again. Receivers know an order they already have.
          if (live?.channel === channel || performance.now() > deadline) throw error
        }
      }
    },
    connected: () => live !== undefined,
    async stop() {
      if (stopping.signal.aborted) return
      stopping.abort()
      loop.end()
      if (live === undefined) return
      // A broker that dies at the same moment answers nothing any more.
      await Promise.race([closeDown(live), live.ended])
    },
  }
}
