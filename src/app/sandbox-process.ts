import { childEnvironment } from '../config/environment.ts'
import type { Pace } from '../config/schema.ts'
import { describeExit, spawnGuarded } from '../embedded/child.ts'
import { SANDBOX_PROGRAM, type SandboxReady, sandboxMessage } from '../sandbox/launch.ts'
import { WaybillError } from '../shared/errors.ts'
import { within } from '../shared/wait.ts'
import { createFaultSwitches, type FaultSwitches } from './fault-switches.ts'

export interface SandboxOptions {
  readonly speed: Pace
  /** Under other names than those of docs/sandbox.md. */
  readonly disguised?: boolean
  /** Where the systems send their spans; null: nowhere. */
  readonly otlp: { readonly url: string; readonly token: string | null } | null
  /** Faults switched on from the start. */
  readonly faults?: readonly string[]
  readonly onProgress?: (sentence: string) => void
  readonly signal?: AbortSignal
}

/** The reference order system, running as processes of its own. */
export interface Sandbox {
  readonly ready: SandboxReady
  readonly faults: FaultSwitches
  /** Resolves when it is gone, with one sentence how it ended. */
  readonly gone: Promise<string>
  stop(): Promise<void>
}

// The first start may have to get RabbitMQ and a browser.
const START_LIMIT_MS = 180_000
const STOP_GRACE_MS = 8_000

const argumentsOf = ({ speed, otlp, faults }: SandboxOptions): readonly string[] => [
  SANDBOX_PROGRAM,
  '--speed',
  speed,
  ...(otlp === null ? [] : ['--otlp', otlp.url]),
  ...(faults ?? []).flatMap((name) => ['--fault', name]),
]

const environmentOf = ({ otlp, disguised }: SandboxOptions): NodeJS.ProcessEnv => {
  const inherited = { ...childEnvironment(), ...(disguised === true ? { SANDBOX_NAMES: 'disguised' } : {}) }
  if (otlp?.token == null) return inherited
  return { ...inherited, OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${otlp.token}` }
}

/** Starts the sandbox and waits until all of it answers. Rejects with `part-failed`, or with the signal's reason. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  options.signal?.throwIfAborted()
  const child = spawnGuarded(process.execPath, argumentsOf(options), {
    env: environmentOf(options),
    ipc: true,
    graceMs: STOP_GRACE_MS,
  })
  const gone = child.exited.then((exit) => `the order system ${describeExit(exit)}`)
  const ready = new Promise<SandboxReady>((resolve, reject) => {
    child.process.on('message', (raw) => {
      const message = sandboxMessage.safeParse(raw)
      if (!message.success) return
      if (message.data.type === 'ready') resolve(message.data)
      if (message.data.type === 'progress') options.onProgress?.(message.data.text)
      if (message.data.type === 'failed')
        reject(new WaybillError({ code: 'part-failed', message: message.data.sentence }))
    })
    void gone.then((how) => {
      const said = child.tail().trim().split('\n').slice(-5).join('\n')
      const message = `The sandbox did not come up: ${how}.${said === '' ? '' : ` It said: ${said}`}`
      reject(new WaybillError({ code: 'part-failed', message, hint: 'Mend what it says and run again.' }))
    })
    options.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error), { once: true })
  })
  try {
    const told = await within(START_LIMIT_MS, 'Starting the order system', ready)
    return { ready: told, faults: createFaultSwitches(told.control), gone, stop: () => child.stop() }
  } catch (error) {
    await child.stop()
    throw error
  }
}
