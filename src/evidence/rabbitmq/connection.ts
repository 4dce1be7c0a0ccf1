import { isIP } from 'node:net'
import { type Channel, type ChannelModel, connect } from 'amqplib'
import type { Secret } from '../../shared/secret.ts'

/** A connection to the broker and how it will have ended. */
export interface Connection {
  /** Opens a channel whose errors end nothing but itself; `closed` says how it ended. */
  channel(): Promise<OpenChannel>
  /** Resolves with the reason when the connection is over, by whichever side. */
  readonly ended: Promise<string>
  close(): Promise<void>
}

export interface OpenChannel {
  readonly channel: Channel
  /** Resolves with the reason when the channel is over. */
  readonly closed: Promise<string>
}

export interface ConnectionOptions {
  readonly url: Secret
  /** Certificates (PEM) that are trusted instead of the system's; null: the system's. */
  readonly ca: string | null
}

const CONNECT_LIMIT_MS = 5_000
/** A peer that says nothing for twice this long is gone. */
const HEARTBEAT_S = 5

/** The virtual host an AMQP URL names, as the client library reads it. */
export function vhostOf(url: Secret): string {
  const path = decodeURIComponent(new URL(url.reveal()).pathname.slice(1))
  return path === '' ? '/' : path
}

/** Connects. Rejects with what the broker or the network said. */
export async function openConnection({ url, ca }: ConnectionOptions): Promise<Connection> {
  const address = new URL(url.reveal())
  address.searchParams.set('heartbeat', String(HEARTBEAT_S))
  const model: ChannelModel = await connect(address.href, {
    timeout: CONNECT_LIMIT_MS,
    noDelay: true,
    clientProperties: { connection_name: 'waybill tap' },
    ...(ca === null ? {} : { ca }),
    ...(isIP(address.hostname) === 0 ? { servername: address.hostname } : {}),
  })
  const { promise: ended, resolve: end } = Promise.withResolvers<string>()
  model.on('error', (error) => end(error.message))
  model.once('close', (error) => end(error?.message ?? 'the connection was closed'))

  return {
    ended,
    channel: async () => {
      const channel = await model.createChannel()
      const { promise: closed, resolve } = Promise.withResolvers<string>()
      channel.on('error', (error) => resolve(error.message))
      channel.once('close', () => resolve('the channel was closed'))
      return { channel, closed }
    },
    close: async () => {
      await Promise.race([model.close().catch(() => {}), ended])
    },
  }
}
