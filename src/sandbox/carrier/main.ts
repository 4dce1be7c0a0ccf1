import { listen } from '../service/listen.ts'
import { createServer } from '../service/server.ts'
import { required } from '../service/settings.ts'
import { runService } from '../service/start.ts'
import { addCarrierRoutes } from './routes.ts'

await runService(async ({ settings, log, switches, release }) => {
  const server = createServer(log, async () => undefined)
  const crmUrl = required(settings.crmUrl, 'SANDBOX_CRM_URL')
  addCarrierRoutes(server, { crmUrl, switches, speed: settings.speed })
  return listen(server, settings, release)
})
