import { type ChannelModel, type ConfirmChannel, type ConsumeMessage, connect } from 'amqplib'
import { delay } from '../../shared/wait.ts'
import type { Log } from '../service/log.ts'
import type { Speed } from '../service/settings.ts'
import { deliver, type Subscription } from './delivery.ts'
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
}

/** Connects, declares, subscribes; after a lost connection does it all again until stopped. */
export async function createBroker(options: BrokerOptions): Promise<Broker> {
  const { log, service } = options
  const stopping = new AbortController()
  const inHand = new Set<Promise<void>>()
  let live: Live | undefined
  let waiting: (() => void)[] = []

  const open = async (): Promise<Live> => {
    const connection = await connect(options.url, {
      timeout: CONNECT_LIMIT_MS,
      clientProperties: { connection_name: service },
    })
    connection.on('error', (error: Error) => log.warn({ reason: error.message }, 'broker connection failed'))
    const channel = await connection.createConfirmChannel()
    channel.on('error', (error: Error) => log.error({ reason: error.message }, 'broker channel failed'))
    await declareTopology(channel, options.speed)
    await channel.prefetch(PREFETCH)
    const opened: Live = { connection, channel, consumerTags: [] }
    const lost = () => {
      if (live !== opened) return
      live = undefined
      if (!stopping.signal.aborted) void reopen()
    }
    connection.once('close', lost)
    // A closed channel leaves the connection of no use to us: start over with both.
    channel.once('close', () => {
      if (live === opened) void connection.close().catch(() => {})
    })
    for (const subscription of options.subscriptions) opened.consumerTags.push(await subscribe(channel, subscription))
    live = opened
    const ready = waiting
    waiting = []
    for (const resume of ready) resume()
    return opened
  }

  const subscribe = async (channel: ConfirmChannel, subscription: Subscription): Promise<string> => {
    subscription.prepare?.(channel)
    const { consumerTag } = await channel.consume(subscription.queue, (message: ConsumeMessage | null) => {
      if (message === null) {
        log.warn({ queue: subscription.queue }, 'the broker cancelled the subscription')
        return void live?.connection.close().catch(() => {})
      }
      const work = deliver(channel, message, subscription, log).finally(() => inHand.delete(work))
      inHand.add(work)
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
      if (performance.now() > deadline) throw new Error('the broker is not reachable')
      await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), delay(RECONNECT_MS)])
    }
    return live
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
      const closing = live
      if (closing === undefined) return
      for (const tag of closing.consumerTags) await closing.channel.cancel(tag).catch(() => {})
      await Promise.allSettled(inHand)
      await closing.channel.waitForConfirms().catch(() => {})
      await closing.connection.close().catch(() => {})
    },
  }
}
