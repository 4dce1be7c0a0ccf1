import { mark, setStatus, stopTracing } from './tracing.mjs'
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { openBroker } from './broker.mjs'

const cakes = new Map()
const broker = await openBroker(process.env.AMQP_URL)

async function order(wanted) {
  const cake = { id: `cake-${randomUUID()}`, status: 'NEW', customer: wanted.customer, flavour: wanted.flavour }
  mark(cake, 'cake.order')
  cakes.set(cake.id, cake)
  await setStatus(cake, 'ORDERED')
  await broker.publish('cake.ordered', cake)
  return cake
}

await broker.consume('store.news', async ({ id }) => {
  const cake = cakes.get(id)
  mark(cake, 'cake.arrive')
  await setStatus(cake, 'READY')
})

async function answer(request, response) {
  if (request.method === 'POST' && request.url === '/cakes') {
    const pieces = await request.toArray()
    const cake = await order(JSON.parse(Buffer.concat(pieces).toString()))
    return response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify(cake))
  }
  const cake = cakes.get(request.url.slice('/cakes/'.length))
  if (cake === undefined) return response.writeHead(404).end()
  mark(cake, 'cake.look')
  return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(cake))
}

const server = createServer((request, response) => void answer(request, response))
server.listen(0, '127.0.0.1', () => console.log(`ready ${server.address().port}`))

process.once('SIGTERM', async () => {
  server.close()
  server.closeAllConnections()
  await broker.close()
  await stopTracing()
})
