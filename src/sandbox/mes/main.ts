import { createAnnounce } from '../broker/announce.ts'
import { createBroker } from '../broker/broker.ts'
import { openDatabase } from '../database/pool.ts'
import { createHold } from '../faults/hold.ts'
import { openStorage } from '../files/storage-client.ts'
import { servePage } from '../pages/serve.ts'
import { databaseTrouble, listen } from '../service/listen.ts'
import { createServer } from '../service/server.ts'
import { required } from '../service/settings.ts'
import { runService } from '../service/start.ts'
import { mesSubscriptions } from './incoming.ts'
import { createNews } from './news.ts'
import { createMesOrders } from './orders.ts'
import { addPartnerDoor } from './partner-door.ts'
import { createPricing } from './pricing.ts'
import { addMesRoutes } from './routes.ts'

await runService(async ({ settings, log, switches, release }) => {
  const { service, speed } = settings
  const database = openDatabase(settings, log)
  release.push('database', () => database.end())
  const storage = openStorage(settings)
  release.push('storage', storage.close)
  const orders = createMesOrders(database)
  const url = required(settings.amqpUrl, 'SANDBOX_AMQP_URL').reveal()
  const stopping = new AbortController()
  // Publishing and consuming need each other: the worker announces through the broker, the broker's messages start the worker.
  const announce = createNews(createAnnounce({ publish: (...message) => broker.publish(...message) }), switches)
  const pricing = createPricing({ orders, announce, storage, switches, speed, log })
  const broker = await createBroker({
    url,
    service,
    speed,
    log,
    switches,
    subscriptions: mesSubscriptions({ orders, pricing, switches, signal: stopping.signal }),
  })
  release.push('broker', broker.stop)
  release.push('what waits', () => stopping.abort(new Error('the service stops')))
  release.push('pricing', pricing.stop)
  await pricing.resume()
  const server = createServer(log, async () =>
    broker.connected() ? databaseTrouble(database) : 'the broker is not reachable',
  )
  addMesRoutes(server, { orders, announce, switches, hold: createHold(server) })
  addPartnerDoor(server, { orders, storage, announce, pricing, switches })
  await servePage(server, {
    html: new URL('./page.html', import.meta.url),
    script: new URL('../pages/worklist.js', import.meta.url),
  })
  return listen(server, settings, release)
})
