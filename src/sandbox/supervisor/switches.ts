import type { Secret } from '../../shared/secret.ts'
import { FAULTS, type FaultName, findFault } from '../faults/catalogue.ts'
import type { Fault, FaultPart } from '../faults/fault.ts'
import { type ControlAnswer, type ControlRequest, openJsonPort } from '../faults/json-port.ts'
import { type FaultScope, readFaultRequest } from '../faults/scope.ts'
import { createSwitchboard } from '../faults/switchboard.ts'
import type { TellPart } from './tell-part.ts'

/** The switches of all faults, behind one control port. */
export interface Switches {
  readonly url: string
  set(name: FaultName, scope: FaultScope): Promise<void>
  /** A part that has come back has forgotten everything: says it all again. */
  repeat(part: FaultPart): Promise<void>
  close(): Promise<void>
}

/** A fault done to a part from outside: by killing, filling, locking or changing the real thing. */
export interface Act {
  on(scope: FaultScope): Promise<void>
  off(scope: FaultScope): Promise<void>
}

/** The acts there are, by the fault they are; no part is told of such a fault. */
export type Acts = Readonly<Partial<Record<FaultName, Act>>>

/** What the control port answers beside the switches; undefined: not this path. */
export type MoreRequests = (request: ControlRequest) => Promise<ControlAnswer | undefined>

/** What the switches reach, and what else their port does. */
export interface SwitchParts {
  readonly tell: TellPart
  readonly acts: Acts
  readonly more?: MoreRequests | undefined
}

/** Opens the control port; what a switch changes is done by the part itself, or by an act to it. */
export async function openSwitches({ tell, acts, more }: SwitchParts, token: Secret): Promise<Switches> {
  const board = createSwitchboard()

  const apply = async ({ name, parts: where }: Fault & { name: FaultName }, scope: FaultScope, on: boolean) => {
    const act = acts[name]
    if (act !== undefined) await (on ? act.on(scope) : act.off(scope))
    else await Promise.all(where.map((part) => tell(part, { name, scope, method: on ? 'PUT' : 'DELETE' })))
  }

  const set = async (name: FaultName, scope: FaultScope) => {
    const fault = findFault(name)
    if (fault === undefined) return
    board.set(name, scope)
    try {
      await apply(fault, scope, true)
    } catch (error) {
      board.clear(name, scope)
      throw error
    }
  }

  const clear = async (fault: Fault & { name: FaultName }, only: FaultScope | undefined) => {
    const before = board.list().filter(({ name }) => name === fault.name)
    board.clear(fault.name, only)
    const left = board.list().filter(({ name }) => name === fault.name)
    const gone = before.filter((each) => !left.some((kept) => kept.scope === each.scope))
    for (const { scope } of gone) await apply(fault, scope, false)
  }

  const answer = async (request: ControlRequest): Promise<ControlAnswer> => {
    const { method, path, body } = request
    if (method === 'GET' && path === '/faults') return { status: 200, body: { faults: board.list(), known: FAULTS } }
    const asked = readFaultRequest(path, body)
    const other = asked === undefined ? await more?.(request) : undefined
    if (other !== undefined) return other
    const fault = findFault(asked?.name ?? '')
    if (asked === undefined || fault === undefined)
      return { status: 404, body: { error: 'There is no such fault; GET /faults lists them.' } }
    const { scope, scoped } = asked
    const fits = scope !== undefined && fault.scopes.includes(scope.kind)
    const wrong = `The body must be {"scope": …} with a scope of kind ${fault.scopes.join(' or ')}.`
    if (method === 'DELETE' && (fits || !scoped)) await clear(fault, scope)
    else if (method === 'PUT' && fits) await set(fault.name, scope)
    else if (method === 'PUT' || method === 'DELETE') return { status: 400, body: { error: wrong } }
    else return { status: 405, body: { error: 'Use GET, PUT or DELETE.' } }
    return { status: 204 }
  }

  const port = await openJsonPort({ port: 0, token }, answer)
  return {
    url: `http://127.0.0.1:${port.port}`,
    set,
    async repeat(part) {
      for (const { name, scope } of board.list()) {
        if (acts[name] === undefined && findFault(name)?.parts.includes(part))
          await tell(part, { name, scope, method: 'PUT' })
      }
    },
    close: port.close,
  }
}
