import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib'
import { delay } from '../../shared/wait.ts'
import type { Log } from '../service/log.ts'
import type { Speed } from '../service/settings.ts'
import { deliver, type Subscription } from './delivery.ts'
import { createLanes } from './lanes.ts'
import type { OrderMessage } from './messages.ts'
import { publishOn } from './publish.ts'
import { declareTopology, type ExchangeName } from './topology.ts'

const PREFETCH = 10
const RECONNECT_MS = 250
const PUBLISH_LIMIT_MS = 30_000
const CONNECT_LIMIT_MS = 10_000

export interface BrokerOptions {
  readonly url: string
  readonly service: string
  readonly speed: Speed
  readonly log: Log
  readonly subscriptions: readonly Subscription[]
}

/** A connection to RabbitMQ that comes back by itself. */
export interface Broker {
  /** Publishes and waits for the broker's confirmation; waits for a reconnect when there is none at the moment. */
  publish(exchange: ExchangeName, key: string, message: OrderMessage): Promise<void>
  connected(): boolean
  /** Stops taking messages, lets those in hand finish, closes. */
  stop(): Promise<void>
}

interface Live {
  readonly connection: ChannelModel
  readonly channel: ConfirmChannel
  readonly consumerTags: string[]
  /** Resolves when the connection has ended, by whichever side. */
  readonly ended: Promise<void>
}

/** Connects, declares, subscribes; after a lost connection does it all again until stopped. */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { log, service } = options
  const stopping = new AbortController()
  const inHand = createLanes()
  let live: Live | undefined
  let waiting: (() => void)[] = []

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
    channel.once('close', () => void connection.close().catch(() => {}))
    await declareTopology(channel, options.speed)
    await channel.prefetch(PREFETCH)
    const consumerTags: string[] = []
    for (const subscription of options.subscriptions) consumerTags.push(await subscribe(channel, subscription))
    return { connection, channel, consumerTags, ended }
  }

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

  const subscribe = async (channel: ConfirmChannel, subscription: Subscription): Promise<string> => {
    subscription.prepare?.(channel)
    const { consumerTag } = await channel.consume(subscription.queue, (message: ConsumeMessage | null) => {
      if (message === null) {
        log.warn({ queue: subscription.queue }, 'the broker cancelled the subscription')
        return void live?.connection.close().catch(() => {})
      }
      inHand.run(String(message.properties.correlationId), () => deliver(channel, message, subscription, log))
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

  const closeDown = async ({ connection, channel, consumerTags }: Live) => {
    for (const tag of consumerTags) await channel.cancel(tag).catch(() => {})
    await inHand.empty()
    await channel.waitForConfirms().catch(() => {})
    await connection.close().catch(() => {})
  }

  await open()
  return {
    async publish(exchange, key, message) {
      const deadline = performance.now() + PUBLISH_LIMIT_MS
      while (true) {
        const { channel } = await current(deadline)
        try {
          return await publishOn(channel, { exchange, key, service }, message)
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
      if (live === undefined) return
      // A broker that dies at the same moment answers nothing any more.
      await Promise.race([closeDown(live), live.ended])
    },
  }
}
