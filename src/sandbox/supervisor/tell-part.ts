import type { Secret } from '../../shared/secret.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { FaultPart } from '../faults/fault.ts'
import type { FaultScope } from '../faults/scope.ts'

const LIMIT_MS = 5_000

/** A running part that has a control port of its own. */
interface ControlledPart {
  readonly controlPort: number
}

export type ControlledParts = Readonly<Partial<Record<FaultPart, () => ControlledPart | undefined>>>

/** One scope of a fault, to be switched on (`PUT`) or off (`DELETE`) in a part. */
export interface Telling {
  readonly name: FaultName
  readonly scope: FaultScope
  readonly method: 'PUT' | 'DELETE'
}

/** Tells one part of a switch. */
export type TellPart = (part: FaultPart, telling: Telling) => Promise<void>

/** Nobody listens: a part that was ended is told everything when it comes back. */
const isAway = (error: unknown): boolean =>
  error instanceof Error && error.cause instanceof Error && 'code' in error.cause && error.cause.code === 'ECONNREFUSED'

/** Reaches the parts through their control ports, which all know `token`. */
export function createTellPart(parts: ControlledParts, token: Secret): TellPart {
  return async (part, { name, scope, method }) => {
    const port = parts[part]?.()?.controlPort
    if (port === undefined) throw new Error(`${part} is not running here.`)
    const response = await fetch(`http://127.0.0.1:${port}/faults/${name}`, {
      method,
      headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
      body: JSON.stringify({ scope }),
      signal: AbortSignal.timeout(LIMIT_MS),
    }).catch((error: unknown) => {
      if (isAway(error)) return undefined
      throw error
    })
    if (response?.ok === false) throw new Error(`${part} answered ${response.status} to its control port.`)
  }
}
