import { inSpan, mark, setStatus, stopTracing } from './tracing.mjs'
import { createServer } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { openBroker } from './broker.mjs'

const OVEN_MS = { vanilla: 40, chocolate: 90, carrot: 140 }

class UnknownFlavour extends Error {
  name = 'UnknownFlavour'
}

const broker = await openBroker(process.env.AMQP_URL)

const bake = (cake) =>
  inSpan('cake.bake', { 'order.id': cake.id, 'order.status': cake.status, 'enduser.id': cake.customer }, async () => {
    const time = OVEN_MS[cake.flavour]
    if (time === undefined) throw new UnknownFlavour(`nobody here can bake ${cake.flavour}`)
    await wait(time)
  })

await broker.consume('bakery.orders', async (cake) => {
  mark(cake, 'cake.ordered')
  await bake(cake)
  await setStatus(cake, 'BAKED')
  await broker.publish('cake.baked', cake)
})

const server = createServer((_, response) => void response.end('alive'))
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`))

process.once('SIGTERM', async () => {
  server.close()
  server.closeAllConnections()
  await broker.close()
  await stopTracing()
})
