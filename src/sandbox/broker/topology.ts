import type { Channel } from 'amqplib'
import type { Speed } from '../service/settings.ts'

/** A queue of the order system and what is routed into it. */
interface QueueSpec {
  readonly queue: string
  readonly exchange: string
  readonly keys: readonly string[]
}

const EXCHANGES = ['orders', 'manufacturing'] as const
export type ExchangeName = (typeof EXCHANGES)[number]

/** Where a failed message goes, by the key it last came in with. */
const RETRIES = 'retries'
/** Where a message goes after its delay; the key says how often it has failed. */
const RETURNS = 'returns'
const TERMINAL_QUEUE = 'orders.dead'

const QUEUES: readonly QueueSpec[] = [
  { queue: 'mes.orders', exchange: 'orders', keys: ['order.submitted'] },
  { queue: 'mes.approvals', exchange: 'orders', keys: ['order.approved'] },
  { queue: 'crm.statuses', exchange: 'manufacturing', keys: ['order.status.*'] },
  { queue: 'crm.partner-orders', exchange: 'manufacturing', keys: ['partner.order.created'] },
]

export type QueueName = 'mes.orders' | 'mes.approvals' | 'crm.statuses' | 'crm.partner-orders'

const RETRY_DELAY_MS: Readonly<Record<Speed, number>> = { fast: 300, realistic: 10_000 }

/**
 * Declares everything, the same from either side, so that nobody's start-up order matters.
 *
 * The broker itself counts to three, the consumer only rejects. A rejected message keeps the key it came with, and that key decides:
 *
 *     key of publication, or the queue's name ──► <queue>.retry       ── after the delay ──► <queue>, now with key <queue>.second
 *     <queue>.second                          ──► <queue>.retry-last  ── after the delay ──► <queue>, now with key <queue>.third
 *     <queue>.third                           ──► orders.dead
 */
export async function declareTopology(channel: Channel, speed: Speed): Promise<void> {
  for (const exchange of EXCHANGES) await channel.assertExchange(exchange, 'topic', { durable: true })
  for (const exchange of [RETRIES, RETURNS]) await channel.assertExchange(exchange, 'topic', { durable: true })
  await channel.assertQueue(TERMINAL_QUEUE, { durable: true })
  for (const { queue, exchange, keys } of QUEUES) {
    const second = `${queue}.second`
    const third = `${queue}.third`
    await channel.assertQueue(queue, { durable: true, deadLetterExchange: RETRIES })
    for (const key of keys) await channel.bindQueue(queue, exchange, key)
    for (const key of [second, third]) await channel.bindQueue(queue, RETURNS, key)
    await declareDelay(channel, `${queue}.retry`, second, RETRY_DELAY_MS[speed])
    for (const key of [...keys, queue]) await channel.bindQueue(`${queue}.retry`, RETRIES, key)
    await declareDelay(channel, `${queue}.retry-last`, third, RETRY_DELAY_MS[speed])
    await channel.bindQueue(`${queue}.retry-last`, RETRIES, second)
    await channel.bindQueue(TERMINAL_QUEUE, RETRIES, third)
  }
}

/** A queue nobody reads: messages wait out the delay and go back under their next key. */
async function declareDelay(channel: Channel, name: string, nextKey: string, delayMs: number): Promise<void> {
  await channel.assertQueue(name, {
    durable: true,
    messageTtl: delayMs,
    deadLetterExchange: RETURNS,
    deadLetterRoutingKey: nextKey,
  })
}
