import { openDatabase } from '../database/pool.ts'
import { openStorage } from '../files/storage-client.ts'
import { servePage } from '../pages/serve.ts'
import { databaseTrouble, listen } from '../service/listen.ts'
import { createServer } from '../service/server.ts'
import { runService } from '../service/start.ts'
import { createCart } from './cart.ts'
import { createShopOrders } from './orders.ts'
import { addShopRoutes } from './routes.ts'

await runService(async ({ settings, log, switches, release }) => {
  const database = openDatabase(settings, log)
  release.push('database', () => database.end())
  const storage = openStorage(settings)
  release.push('storage', storage.close)
  const server = createServer(log, () => databaseTrouble(database))
  addShopRoutes(server, {
    orders: createShopOrders(database),
    storage,
    switches,
    cart: createCart(settings.speed),
    speed: settings.speed,
    keepsRowContext: settings.keepsRowContext,
  })
  await servePage(server, {
    html: new URL('./page.html', import.meta.url),
    script: new URL('./page.js', import.meta.url),
  })
  return listen(server, settings, release)
})
