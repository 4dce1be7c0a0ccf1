import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'amqplib'

/**
 * A process of its own that publishes messages of other people's orders as fast as the broker takes them: `URL EXCHANGE KEY COUNT`. It ends after COUNT, or
 * when it is told anything; then it says how many it published in how many seconds.
 */
const [, , url = '', exchange = '', key = '', count = '0'] = process.argv
const WINDOW = 4_000
const BODY = Buffer.alloc(200, 'x')

let isTold = false
process.on('message', () => {
  isTold = true
})
const connection = await connect(url)
const channel = await connection.createConfirmChannel()
process.send?.('begun')
const began = performance.now()
let published = 0
while (published < Number(count) && !isTold) {
  const headers = { 'order-id': randomUUID(), traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
  const goesOn = channel.publish(exchange, key, BODY, { messageId: `crowd-${published}`, headers })
  published += 1
  // So that the broker sets the pace, and nothing is left over when we are to end.
  if (published % WINDOW === 0) await channel.waitForConfirms()
  else if (!goesOn) await once(channel, 'drain')
}
await channel.waitForConfirms()
process.send?.({ published, seconds: (performance.now() - began) / 1_000 })
await connection.close()
process.disconnect()
