import { randomUUID } from 'node:crypto'
import { connect } from 'amqplib'

/** A channel with everything declared that store and bakery speak through. */
export async function openBroker(url) {
  const connection = await connect(url)
  const channel = await connection.createConfirmChannel()
  await channel.assertExchange('cakes', 'topic', { durable: true })
  await channel.assertExchange('cakes.refused', 'fanout', { durable: true })
  await channel.assertQueue('bakery.refused', { durable: true })
  await channel.bindQueue('bakery.refused', 'cakes.refused', '')
  const assertQueue = async (queue, key) => {
    await channel.assertQueue(queue, { durable: true, deadLetterExchange: 'cakes.refused' })
    await channel.bindQueue(queue, 'cakes', key)
  }
  await assertQueue('bakery.orders', 'cake.ordered')
  await assertQueue('store.news', 'cake.baked')
  await channel.prefetch(1)

  const publish = (key, cake) =>
    new Promise((resolve, reject) => {
      const options = {
        persistent: true,
        messageId: randomUUID(),
        correlationId: cake.id,
        type: key,
        headers: { 'order-id': cake.id, 'customer-id': cake.customer },
      }
      const body = Buffer.from(JSON.stringify(cake))
      channel.publish('cakes', key, body, options, (error) => (error === null ? resolve() : reject(error)))
    })

  /** Whatever `take` throws at is refused for good. */
  const consume = (queue, take) =>
    channel.consume(queue, async (message) => {
      try {
        await take(JSON.parse(message.content.toString()))
        channel.ack(message)
      } catch {
        channel.reject(message, false)
      }
    })

  return { publish, consume, close: () => connection.close() }
}
