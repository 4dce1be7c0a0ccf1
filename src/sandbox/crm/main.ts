import { createAnnounce } from '../broker/announce.ts'
import { createBroker } from '../broker/broker.ts'
import { openDatabase } from '../database/pool.ts'
import { openStorage } from '../files/storage-client.ts'
import { servePage } from '../pages/serve.ts'
import { databaseTrouble, listen } from '../service/listen.ts'
import { createServer } from '../service/server.ts'
import { required } from '../service/settings.ts'
import { runService } from '../service/start.ts'
import { startHandOver } from './hand-over.ts'
import { crmSubscriptions } from './incoming.ts'
import { createCrmOrders } from './orders.ts'
import { addCrmRoutes } from './routes.ts'

await runService(async ({ settings, log, switches, release }) => {
  const { service, speed } = settings
  const database = openDatabase(settings, log)
  release.push('database', () => database.end())
  const storage = openStorage(settings)
  release.push('storage', storage.close)
  const orders = createCrmOrders(database)
  const url = required(settings.amqpUrl, 'SANDBOX_AMQP_URL').reveal()
  const broker = await createBroker({
    url,
    service,
    speed,
    log,
    switches,
    subscriptions: crmSubscriptions(orders, switches, log),
  })
  release.push('broker', broker.stop)
  const announce = createAnnounce(broker)
  const handOver = startHandOver({ orders, announce, switches, log, speed })
  release.push('hand-over', handOver.stop)
  const server = createServer(log, async () =>
    broker.connected() ? databaseTrouble(database) : 'the broker is not reachable',
  )
  addCrmRoutes(server, { orders, announce, storage, switches })
  await servePage(server, {
    html: new URL('./page.html', import.meta.url),
    script: new URL('../pages/worklist.js', import.meta.url),
  })
  return listen(server, settings, release)
})
