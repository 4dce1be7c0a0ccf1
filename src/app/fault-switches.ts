import { z } from 'zod'
import { WaybillError } from '../shared/errors.ts'

/** What a fault is switched on for. */
export type FaultScope =
  | { readonly kind: 'order'; readonly reference: string }
  | { readonly kind: 'process' }
  | { readonly kind: 'broker' }

/** The sandbox's faults, switched through its control port, which leaves no traces. */
export interface FaultSwitches {
  /** Adds a scope to those the fault already has. */
  set(name: string, scope: FaultScope): Promise<void>
  /** Takes one scope away, or all of them. */
  clear(name: string, scope?: FaultScope): Promise<void>
}

const LIMIT_MS = 20_000
const refusal = z.object({ error: z.string() })

/** A client of the control port. Trouble is a `part-failed` error with what the port said. */
export function createFaultSwitches(control: { readonly url: string; readonly token: string }): FaultSwitches {
  const send = async (method: 'PUT' | 'DELETE', name: string, body?: unknown): Promise<void> => {
    const answer = await fetch(new URL(`/faults/${encodeURIComponent(name)}`, control.url), {
      method,
      headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(LIMIT_MS),
    })
    const text = await answer.text()
    if (answer.ok) return
    const said = refusal.safeParse(text.startsWith('{') ? JSON.parse(text) : undefined)
    throw new WaybillError({
      code: 'part-failed',
      message: `The sandbox did not switch ${name}: ${said.success ? said.data.error : `it answered ${answer.status}`}`,
      hint: 'npx waybill faults lists what it can switch.',
    })
  }
  return {
    set: (name, scope) => send('PUT', name, { scope }),
    clear: (name, scope) => send('DELETE', name, scope === undefined ? undefined : { scope }),
  }
}
