import { createWriteStream } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { describeExit, type GuardedChild, spawnGuarded, untilReady } from '../../embedded/child.ts'
import { delay } from '../../shared/wait.ts'

const START_LIMIT_MS = 30_000
const STOP_GRACE_MS = 6_000
const RESTART_PAUSE_MS = 500

const readyLine = z.object({ type: z.literal('ready'), port: z.number(), controlPort: z.number() })

const INSTRUMENTATION = fileURLToPath(new URL('../telemetry/instrument.ts', import.meta.url))

/** The first line of an error as Node prints it when a process falls. */
const NAMES_AN_ERROR = /^(?:\w*Error|Uncaught)\b/

const LONGEST_WORDS = 200

export interface ServiceSpec {
  readonly name: 'shop-api' | 'crm-api' | 'mes-api' | 'carrier'
  readonly program: URL
  readonly env: Readonly<Record<string, string>>
  /** What it must also be told, as soon as it is known; the process starts without waiting for it. */
  readonly settings: Promise<Readonly<Record<string, string>>>
  readonly logFile: string
}

/** One service process that is kept running, as an orchestrator would. */
export interface ServiceProcess {
  readonly port: number
  readonly controlPort: number
  /** Kills it and keeps it away. */
  kill(): Promise<void>
  /** Brings it back on the same ports. */
  revive(): Promise<void>
  /** Lets it end, and starts it again with these variables on top of its own. */
  restart(env: Readonly<Record<string, string>>): Promise<void>
  stop(): Promise<void>
}

interface Running {
  readonly child: GuardedChild
  /** What it wrote last to standard error outside its log: how it fell. */
  readonly lastWords: () => string | undefined
  readonly port: number
  readonly controlPort: number
}

/** Starts a service and starts it again whenever it dies by itself; `say` hears about that, `onRevived` may set it up again. */
export async function startService(
  spec: ServiceSpec,
  say: (sentence: string) => void,
  onRevived: () => Promise<void>,
): Promise<ServiceProcess> {
  const stopping = new AbortController()
  let wanted = true
  let reviving: Promise<void> | undefined
  let extra: Readonly<Record<string, string>> = {}

  const first = await launch(spec, {}, stopping.signal)
  let running = first
  const { port, controlPort } = first

  const revive = async () => {
    while (wanted && !stopping.signal.aborted) {
      try {
        running = await launch(
          spec,
          { ...extra, SANDBOX_PORT: String(port), SANDBOX_CONTROL_PORT: String(controlPort) },
          stopping.signal,
        )
        watch(running)
        return await onRevived()
      } catch (error) {
        if (stopping.signal.aborted) return
        say(`${spec.name} did not come back: ${error instanceof Error ? error.message : String(error)}`)
        await delay(RESTART_PAUSE_MS, stopping.signal).catch(() => {})
      }
    }
  }
  const reviveOnce = () => {
    reviving ??= revive().finally(() => {
      reviving = undefined
    })
    return reviving
  }
  const watch = (watched: Running) => {
    void watched.child.exited.then((exit) => {
      if (!wanted || stopping.signal.aborted || running !== watched) return
      const lastWords = watched.lastWords()
      say(`${spec.name} ${describeExit(exit)}${lastWords === undefined ? '' : ` (${lastWords})`}; starting it again.`)
      void reviveOnce()
    })
  }
  watch(first)

  return {
    port,
    controlPort,
    async kill() {
      wanted = false
      await running.child.stop({ signal: 'SIGKILL' })
    },
    async revive() {
      if (wanted) return
      wanted = true
      await reviveOnce()
    },
    async restart(env) {
      extra = env
      wanted = false
      await running.child.stop({ graceMs: STOP_GRACE_MS })
      wanted = true
      await reviveOnce()
    },
    async stop() {
      stopping.abort(new Error('the sandbox stops'))
      await reviving
      await running.child.stop({ graceMs: STOP_GRACE_MS })
    },
  }
}

async function launch(
  spec: ServiceSpec,
  extra: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Running> {
  const log = createWriteStream(spec.logFile, { flags: 'a', mode: 0o600 })
  log.on('error', () => {})
  let ready: z.output<typeof readyLine> | undefined
  let lastWords: string | undefined
  const child = spawnGuarded(process.execPath, ['--import', INSTRUMENTATION, fileURLToPath(spec.program)], {
    env: { ...spec.env, ...extra, SANDBOX_SETTINGS: 'awaited' },
    ipc: true,
    graceMs: STOP_GRACE_MS,
    onLine: (line, stream) => {
      if (stream === 'stderr') {
        if (NAMES_AN_ERROR.test(line)) lastWords = line.slice(0, LONGEST_WORDS)
        return void log.write(`${line}\n`)
      }
      ready ??= readyLine.safeParse(parseJson(line)).data
    },
  })
  void child.exited.then(() => log.end())
  try {
    const settings = await Promise.race([spec.settings, child.exited.then(() => undefined)])
    if (settings !== undefined) child.process.send(settings, () => {})
    await untilReady(child, spec.name, () => ready !== undefined, { limitMs: START_LIMIT_MS, everyMs: 10, signal })
  } catch (error) {
    await child.stop()
    throw error
  }
  return { child, lastWords: () => lastWords, port: ready?.port ?? 0, controlPort: ready?.controlPort ?? 0 }
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
