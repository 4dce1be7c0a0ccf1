import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'amqplib'
import { startRabbitmq } from '../src/embedded/rabbitmq.ts'
import { createRunFolder } from '../src/embedded/run-folder.ts'
import { createPlantedRegistry } from '../src/evidence/planted.ts'
import type { EvidenceSink } from '../src/evidence/ports.ts'
import { TAP_PACE, TAP_ROOM, TAP_WAITING } from '../src/evidence/rabbitmq/settings.ts'
import { createRabbitMqTap } from '../src/evidence/rabbitmq/tap.ts'
import { createMonitorClock } from '../src/shared/clock.ts'
import { Secret } from '../src/shared/secret.ts'
import { milliseconds } from '../src/shared/units.ts'
import type { Bench, Measurement } from './bench.ts'
import type { Figure } from './figure.ts'

const MESSAGES = 40_000
const WARM_UP = 4_000
/** Publications the sender waits for at a time. */
const WINDOW = 200
const EXCHANGE = 'cakes'

const IGNORE: EvidenceSink = { fact: () => undefined, condition: () => undefined, coverage: () => undefined }
const CONTRACT = {
  handoffs: {
    C2: { kind: 'queue', from: 'store', to: 'bakery', exchange: EXCHANGE, key: 'k', queue: 'bakery', within: '5 s' },
  },
  recognise: { span: { order: ['cake.id'], status: 'cake.status' }, message: { order: ['cake-id'] } },
} as const

/** What one round of publishing showed. */
interface Round {
  /** Confirmed publications a second. */
  readonly rate: number
  /** Processor time of this process for each message, in microseconds. */
  readonly cpuUs: number
}

/** Publishes messages of orders of others from another process while `listen` runs in this one. */
async function round(url: string, listen: () => Promise<() => Promise<void>>, signal: AbortSignal): Promise<Round> {
  const stop = await listen()
  const sender = fork(import.meta.filename, [url], { stdio: 'inherit' })
  const kill = () => void sender.kill()
  signal.addEventListener('abort', kill, { once: true })
  try {
    const died = once(sender, 'exit').then(() => Promise.reject(new Error('The sender died.')))
    died.catch(() => {})
    await Promise.race([once(sender, 'message'), died])
    const before = process.cpuUsage()
    sender.send('go')
    const [seconds]: unknown[] = await Promise.race([once(sender, 'message'), died])
    const { user, system } = process.cpuUsage(before)
    return { rate: MESSAGES / Number(seconds), cpuUs: (user + system) / MESSAGES }
  } finally {
    signal.removeEventListener('abort', kill)
    sender.kill()
    await stop()
  }
}

/** The other process: publishes with confirms, a warm-up first, and says how long the rest took. */
async function publishAll(url: string): Promise<void> {
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  const publish = async (count: number) => {
    for (let sent = 0; sent < count; ) {
      for (const last = Math.min(count, sent + WINDOW); sent < last; sent++) {
        const headers = { 'cake-id': `order-${sent}`, traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
        channel.publish(EXCHANGE, 'k', Buffer.alloc(400), { messageId: `message-${sent}`, headers })
      }
      await channel.waitForConfirms()
    }
  }
  await publish(WARM_UP)
  process.send?.('warm')
  await once(process, 'message')
  const began = performance.now()
  await publish(MESSAGES)
  process.send?.((performance.now() - began) / 1000)
  await connection.close()
  process.disconnect()
}

/** What the tap costs the broker's publishers, and this process for each message that is not ours. */
export const tapCost: Measurement = {
  name: 'tap',
  what: 'the broker’s tap',
  measure: async ({ signal }: Bench): Promise<readonly Figure[]> => {
    const { AMQP_URL: _, ...env } = process.env
    const folder = await createRunFolder('bench')
    const broker = await startRabbitmq({ folder: folder.path, env, signal })
    try {
      const url = await broker.createVhost('bench')
      const connection = await connect(url)
      const channel = await connection.createChannel()
      await channel.assertExchange(EXCHANGE, 'topic')
      await channel.assertQueue('bakery', { maxLength: 100 })
      await channel.bindQueue('bakery', EXCHANGE, 'k')

      const alone = await round(url, async () => async () => {}, signal)
      const tapped = await round(
        url,
        async () => {
          const tap = createRabbitMqTap({
            url: new Secret(url),
            managementUrl: broker.managementUrl === null ? null : new Secret(broker.managementUrl),
            mode: 'firehose',
            ca: null,
            statistics: milliseconds(1000),
            contract: CONTRACT,
            planted: createPlantedRegistry(),
            clock: createMonitorClock(),
            pace: TAP_PACE,
            room: TAP_ROOM,
            waiting: TAP_WAITING,
          })
          await tap.start(IGNORE)
          tap.claim([{ kind: 'order', value: 'ours' }], 'SYN-1')
          return () => tap.stop()
        },
        signal,
      )
      // The same copies of the same messages, taken by a consumer that does nothing with them.
      const bare = await round(
        url,
        async () => {
          const { queue } = await channel.assertQueue('', { exclusive: true })
          await channel.bindQueue(queue, EXCHANGE, 'k')
          const { consumerTag } = await channel.consume(queue, () => {}, { noAck: true })
          return async () => void (await channel.cancel(consumerTag))
        },
        signal,
      )
      await connection.close()
      return [
        {
          name: 'confirmed publications while the broker is tapped',
          value: tapped.rate,
          unit: 'msg/s',
          target: null,
          floor: alone.rate,
          floorIs: 'the same without the tap',
          note: `${WINDOW} publications at a time from one connection; message tracing makes the broker copy each`,
        },
        {
          name: 'the tap’s processor time for a message of others',
          value: tapped.cpuUs,
          unit: 'µs',
          target: null,
          floor: bare.cpuUs,
          floorIs: 'a bare consumer of a copy of each message',
          note: 'publication of an order of others that waits to become known',
        },
      ]
    } finally {
      await broker.stop()
      await folder.release()
    }
  },
}

const [, , address] = process.argv
if (import.meta.main && address !== undefined) await publishAll(address)
