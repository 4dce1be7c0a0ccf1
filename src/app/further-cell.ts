import { z } from 'zod'
import { sandboxMessage } from '../sandbox/launch.ts'
import { WaybillError } from '../shared/errors.ts'
import { createFaultSwitches } from './fault-switches.ts'
import type { Sandbox, SandboxOptions } from './sandbox-process.ts'

/** What a further cell may have otherwise than the first. */
export interface CellOptions extends Pick<SandboxOptions, 'otlp' | 'signal'> {
  /** A broker of its own, whose consumers must acknowledge within this time. */
  readonly consumerTimeoutMs?: number
}

// Four services and their databases; the servers run already.
const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 20_000

const refusal = z.object({ error: z.string() })

/** Starts one more order system beside the first, on the same servers, and waits until it answers. It goes when it is stopped, or with the first. */
export async function openFurtherCell(first: Sandbox, options: CellOptions): Promise<Sandbox> {
  const { otlp, signal, consumerTimeoutMs } = options
  const { url, token } = first.ready.control
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const order = {
    ...(otlp === null ? {} : { otlp: otlp.url, ...(otlp.token === null ? {} : { otlpToken: otlp.token }) }),
    ...(consumerTimeoutMs === undefined ? {} : { consumerTimeoutMs }),
  }
  const answer = await fetch(new URL('/cells', url), {
    method: 'POST',
    headers,
    body: JSON.stringify(order),
    signal: AbortSignal.any([AbortSignal.timeout(START_LIMIT_MS), ...(signal === undefined ? [] : [signal])]),
  })
  const said: unknown = await answer.json()
  const ready = sandboxMessage.safeParse(said).data
  if (!answer.ok || ready?.type !== 'ready') {
    const why = refusal.safeParse(said).data?.error ?? `it answered ${answer.status}`
    throw new WaybillError({ code: 'part-failed', message: `The sandbox gave no further cell: ${why}` })
  }
  let stopping: Promise<void> | undefined
  // Not under the signal, which may be why it is stopped.
  const stop = async () =>
    void (await fetch(new URL(`/cells/${ready.cell}`, url), {
      method: 'DELETE',
      headers: { authorization: headers.authorization },
      signal: AbortSignal.timeout(STOP_LIMIT_MS),
    }))
  return {
    ready,
    faults: createFaultSwitches(ready.control),
    gone: first.gone,
    stop: () => (stopping ??= stop()),
  }
}
