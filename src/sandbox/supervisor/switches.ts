import type { Secret } from '../../shared/secret.ts'
import { FAULTS, type Fault, type FaultName, findFault } from '../faults/catalogue.ts'
import { type ControlAnswer, type ControlRequest, openJsonPort } from '../faults/json-port.ts'
import { type FaultScope, faultOrder } from '../faults/scope.ts'
import type { ServiceProcess } from './service-process.ts'

const PATH = /^\/faults\/([a-z0-9-]+)$/
const FORWARD_LIMIT_MS = 5_000

/** The switches of all faults, behind one control port. */
export interface Switches {
  readonly url: string
  set(name: FaultName, scope: FaultScope): Promise<void>
  /** A service that has come back has forgotten everything: says it all again. */
  repeat(service: Fault['service']): Promise<void>
  close(): Promise<void>
}

export type FaultServices = Readonly<Record<Fault['service'], () => ServiceProcess | undefined>>

/** Opens the control port; what a switch changes is done by the service itself, or to its process. */
export async function openSwitches(services: FaultServices, token: Secret): Promise<Switches> {
  const on = new Map<FaultName, FaultScope>()

  const forward = async (fault: Fault, scope: FaultScope | undefined) => {
    const port = services[fault.service]()?.controlPort
    if (port === undefined) throw new Error(`${fault.service} is not running yet.`)
    const response = await fetch(`http://127.0.0.1:${port}/faults/${fault.name}`, {
      method: scope === undefined ? 'DELETE' : 'PUT',
      headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
      ...(scope === undefined ? {} : { body: JSON.stringify({ scope }) }),
      signal: AbortSignal.timeout(FORWARD_LIMIT_MS),
    })
    if (!response.ok) throw new Error(`${fault.service} answered ${response.status} to its control port.`)
  }

  const apply = async (name: FaultName, scope: FaultScope | undefined) => {
    const fault = findFault(name)
    if (fault === undefined) return
    if (name === 'mes-down') {
      const mes = services['mes-api']()
      await (scope === undefined ? mes?.revive() : mes?.kill())
      return
    }
    await forward(fault, scope)
  }

  const change = async (name: FaultName, scope: FaultScope | undefined) => {
    if (scope === undefined) on.delete(name)
    else on.set(name, scope)
    await apply(name, scope)
  }

  const answer = async ({ method, path, body }: ControlRequest): Promise<ControlAnswer> => {
    if (method === 'GET' && path === '/faults') {
      return { status: 200, body: { faults: [...on].map(([name, scope]) => ({ name, scope })), known: FAULTS } }
    }
    const fault = findFault(PATH.exec(path)?.[1] ?? '')
    if (fault === undefined) return { status: 404, body: { error: 'There is no such fault; GET /faults lists them.' } }
    if (method === 'DELETE') {
      if (on.has(fault.name)) await change(fault.name, undefined)
      return { status: 204 }
    }
    if (method !== 'PUT') return { status: 405, body: { error: 'Use GET, PUT or DELETE.' } }
    const order = faultOrder.safeParse(body)
    if (!order.success || !fault.scopes.includes(order.data.scope.kind)) {
      return {
        status: 400,
        body: { error: `The body must be {"scope": …} with a scope of kind ${fault.scopes.join(' or ')}.` },
      }
    }
    await change(fault.name, order.data.scope)
    return { status: 204 }
  }

  const port = await openJsonPort({ port: 0, token }, answer)
  return {
    url: `http://127.0.0.1:${port.port}`,
    set: change,
    async repeat(service) {
      for (const [name, scope] of on) {
        const fault = findFault(name)
        if (fault !== undefined && fault.service === service && name !== 'mes-down') await forward(fault, scope)
      }
    },
    close: port.close,
  }
}
