import type { Channel, ConsumeMessage } from 'amqplib'
import type { Connection } from './connection.ts'
import type { OwnBinding } from './dead-letter-plan.ts'
import type { OwnQueues } from './own-queues.ts'

/** A part of the tap that works, or why it cannot. */
export type Part =
  | { readonly works: true; readonly closed: Promise<string> }
  | { readonly works: false; readonly why: string }

type OnMessage = (message: ConsumeMessage) => void

/** Room in one of our own queues. What does not fit pushes out the oldest, and leaves a sign in the overflow queue. */
export interface Room {
  readonly messages: number
  readonly bytes: number
}

/** Messages under way to us at a time; the rest waits in the queue, where there is a bound. */
const PREFETCH = 2_000
/** Acknowledged together, so that it costs next to nothing. */
const ACKNOWLEDGE_EVERY = 500
const ACKNOWLEDGE_AFTER_MS = 1_000

const EXCLUSIVE = { exclusive: true, durable: false, autoDelete: false } as const

/** Declares the queue that takes one message of those for which the other two had no room. It is never read, only looked at and emptied. */
export const declareOverflow = (connection: Connection, own: OwnQueues): Promise<Part> =>
  attempt(connection, async (channel) => {
    await channel.assertQueue(own.overflow, { ...EXCLUSIVE, maxLength: 1 })
  })

/** Declares the queue of the firehose, which is the lease on tracing as well, and listens to it. */
export const openFirehose = (connection: Connection, own: OwnQueues, room: Room, onMessage: OnMessage): Promise<Part> =>
  attempt(connection, async (channel, cancelled) => {
    await declareBounded(channel, own.traces, own, room)
    for (const key of ['publish.#', 'deliver.#']) await channel.bindQueue(own.traces, 'amq.rabbitmq.trace', key)
    await listen(channel, own.traces, onMessage, cancelled)
  })

/** Declares the queue to which pilots are sent and dead letters may be routed, and listens to it. */
export const openLetters = (connection: Connection, own: OwnQueues, room: Room, onMessage: OnMessage): Promise<Part> =>
  attempt(connection, async (channel, cancelled) => {
    await declareBounded(channel, own.letters, own, room)
    await listen(channel, own.letters, onMessage, cancelled)
  })

/** Binds the letters' queue to some dead letter exchanges, or takes bindings away; on a channel of its own, which a refusal closes. */
export async function changeBindings(
  connection: Connection,
  own: OwnQueues,
  change: { readonly add: readonly OwnBinding[]; readonly remove: readonly OwnBinding[] },
): Promise<string | null> {
  const part = await attempt(connection, async (channel) => {
    for (const { exchange, key } of change.remove) await channel.unbindQueue(own.letters, exchange, key)
    for (const { exchange, key } of change.add) await channel.bindQueue(own.letters, exchange, key)
    await channel.close()
  })
  return part.works ? null : part.why
}

/** What a part does on its channel; `cancelled` is called when the broker takes the subscription away. */
type Open = (channel: Channel, cancelled: (why: string) => void) => Promise<void>

async function attempt(connection: Connection, open: Open): Promise<Part> {
  const { channel, closed } = await connection.channel()
  const { promise: cancelled, resolve } = Promise.withResolvers<string>()
  try {
    await open(channel, resolve)
    return { works: true, closed: Promise.race([closed, cancelled]) }
  } catch (error) {
    return { works: false, why: error instanceof Error ? error.message : String(error) }
  }
}

const declareBounded = (channel: Channel, queue: string, own: OwnQueues, room: Room) =>
  channel.assertQueue(queue, {
    ...EXCLUSIVE,
    maxLength: room.messages,
    deadLetterExchange: '',
    deadLetterRoutingKey: own.overflow,
    arguments: { 'x-max-length-bytes': room.bytes },
  })

/** Hands over each message and acknowledges many at a time; nothing of a message is kept here. */
async function listen(
  channel: Channel,
  queue: string,
  onMessage: OnMessage,
  cancelled: (why: string) => void,
): Promise<void> {
  await channel.prefetch(PREFETCH)
  let open = 0
  let timer: NodeJS.Timeout | undefined
  const acknowledge = () => {
    clearTimeout(timer)
    timer = undefined
    open = 0
    try {
      channel.ackAll()
    } catch {
      // The channel is gone, and our queue with it.
    }
  }
  await channel.consume(queue, (message) => {
    if (message === null) return cancelled(`the broker took the queue ${queue} away`)
    if (++open >= ACKNOWLEDGE_EVERY) acknowledge()
    else timer ??= setTimeout(acknowledge, ACKNOWLEDGE_AFTER_MS).unref()
    onMessage(message)
  })
}
