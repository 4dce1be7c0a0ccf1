import type { ConsumeMessage } from 'amqplib'
import { connect } from '../broker/connect.ts'

/** What the bridge hands on: the headers it knows. */
const KNOWN_HEADERS: readonly string[] = ['order-id', 'synthetic']

interface Bridged {
  readonly queue: string
  readonly exchange: string
  readonly key: string
}

/**
 * Takes a queue off its exchange and sits down between the two: takes every message in a queue of its own and publishes it again, with the
 * headers it knows and no other.
 */
export async function startBridge(
  amqpUrl: string,
  { queue, exchange, key }: Bridged,
): Promise<{ stop(): Promise<void> }> {
  const connection = await connect(amqpUrl)
  connection.on('error', () => {})
  const channel = await connection.createConfirmChannel()
  channel.on('error', () => {})
  const own = `${queue}.bridge`
  const handOn = async (message: ConsumeMessage | null) => {
    if (message === null) return
    const { properties, content } = message
    const headers = Object.fromEntries(
      Object.entries(properties.headers ?? {}).filter(([name]) => KNOWN_HEADERS.includes(name)),
    )
    const { messageId, correlationId, type, timestamp, appId, contentType } = properties
    channel.sendToQueue(queue, content, {
      persistent: true,
      messageId,
      correlationId,
      type,
      timestamp,
      appId,
      contentType,
      headers,
    })
    await channel.waitForConfirms()
    channel.ack(message)
  }
  await channel.assertQueue(own, { durable: true })
  await channel.bindQueue(own, exchange, key)
  await channel.unbindQueue(queue, exchange, key)
  await channel.consume(own, (message) => {
    // Lost with its connection, and delivered again to the next one.
    handOn(message).catch(() => {})
  })
  return {
    async stop() {
      await channel.bindQueue(queue, exchange, key)
      await channel.unbindQueue(own, exchange, key)
      await channel.deleteQueue(own, { ifEmpty: true })
      await connection.close()
    },
  }
}
