import type { Secret } from '../../shared/secret.ts'
import { findFault } from './catalogue.ts'
import { openJsonPort } from './json-port.ts'
import { readFaultRequest } from './scope.ts'
import type { Switchboard } from './switchboard.ts'

/** A process's own control port: loopback, guarded by a token, without spans. */
export interface ControlPort {
  readonly port: number
  close(): Promise<void>
}

/** Opens the port through which the supervisor switches this process. */
export function openControlPort(
  { port, token }: { readonly port: number; readonly token: Secret },
  switches: Switchboard,
): Promise<ControlPort> {
  return openJsonPort({ port, token }, async ({ method, path, body }) => {
    if (method === 'GET' && path === '/faults') return { status: 200, body: { faults: switches.list() } }
    const asked = readFaultRequest(path, body)
    const fault = findFault(asked?.name ?? '')
    if (asked === undefined || fault === undefined) return { status: 404, body: { error: 'There is no such switch.' } }
    if (method !== 'PUT' && method !== 'DELETE') return { status: 405, body: { error: 'Use GET, PUT or DELETE.' } }
    if (asked.scope === undefined && (method === 'PUT' || asked.scoped))
      return { status: 400, body: { error: 'The body must be { "scope": … }.' } }
    if (method === 'DELETE') switches.clear(fault.name, asked.scope)
    else if (asked.scope !== undefined) switches.set(fault.name, asked.scope)
    return { status: 204 }
  })
}
