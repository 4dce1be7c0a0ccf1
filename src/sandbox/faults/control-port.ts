import type { ServiceSettings } from '../service/settings.ts'
import { required } from '../service/settings.ts'
import { findFault } from './catalogue.ts'
import { openJsonPort } from './json-port.ts'
import { faultOrder } from './scope.ts'
import type { Switchboard } from './switchboard.ts'

/** A service's own control port: loopback, guarded by a token, without spans. */
export interface ControlPort {
  readonly port: number
  close(): Promise<void>
}

const PATH = /^\/faults\/([a-z0-9-]+)$/

/** Opens the port through which the supervisor switches this process. */
export function openControlPort(settings: ServiceSettings, switches: Switchboard): Promise<ControlPort> {
  const token = required(settings.controlToken, 'SANDBOX_CONTROL_TOKEN')
  return openJsonPort({ port: settings.controlPort, token }, async ({ method, path, body }) => {
    if (method === 'GET' && path === '/faults') return { status: 200, body: { faults: switches.list() } }
    const fault = findFault(PATH.exec(path)?.[1] ?? '')
    if (fault === undefined) return { status: 404, body: { error: 'There is no such switch.' } }
    if (method === 'DELETE') {
      switches.clear(fault.name)
      return { status: 204 }
    }
    if (method !== 'PUT') return { status: 405, body: { error: 'Use GET, PUT or DELETE.' } }
    const order = faultOrder.safeParse(body)
    if (!order.success) return { status: 400, body: { error: 'The body must be { "scope": … }.' } }
    switches.set(fault.name, order.data.scope)
    return { status: 204 }
  })
}
