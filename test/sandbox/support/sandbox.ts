import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { findHome } from '../../../src/embedded/home.ts'
import { SANDBOX_PROGRAM } from '../../../src/sandbox/launch.ts'
import { type SandboxReady, sandboxMessage, sandboxReady } from '../../../src/sandbox/ready.ts'

const START_LIMIT_MS = 80_000

/** The order system as a child process of the test. */
export interface RunningSandbox extends SandboxReady {
  readonly process: ChildProcess
  /** All it wrote on standard error. */
  said(): string
  fault(name: string, reference: string): Promise<void>
  processFault(name: string): Promise<void>
  brokerFault(name: string): Promise<void>
  /** A further order system on the same servers. */
  openCell(body?: unknown): Promise<SandboxReady>
  removeCell(id: string): Promise<void>
  clear(name: string): Promise<void>
  stop(): Promise<{ readonly code: number | null }>
}

/** Starts `src/sandbox/main.ts` with its spans going to `otlpUrl`. */
export async function startSandbox(
  otlpUrl: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningSandbox> {
  const child = fork(SANDBOX_PROGRAM, ['--otlp', otlpUrl, ...args], {
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json', OTEL_BSP_SCHEDULE_DELAY: '50', ...env },
  })
  let said = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  child.stdout?.resume()
  const ready = await new Promise<SandboxReady>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the sandbox was not ready in time: ${said}`)), START_LIMIT_MS)
    child.once('exit', (code) => reject(new Error(`the sandbox ended with ${code}: ${said}`)))
    child.on('message', (message) => {
      const read = sandboxMessage.safeParse(message)
      if (!read.success || read.data.type !== 'ready') return
      clearTimeout(late)
      resolve(read.data)
    })
  })
  const ask = async (method: string, where: string, body?: unknown) => {
    const response = await fetch(`${ready.control.url}/${where}`, {
      method,
      headers: { authorization: `Bearer ${ready.control.token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${text}`)
    return text
  }
  const control = async (method: string, name: string, scope?: unknown) => {
    await ask(method, `faults/${name}`, scope === undefined ? undefined : { scope })
  }
  return {
    ...ready,
    process: child,
    said: () => said,
    fault: (name, reference) => control('PUT', name, { kind: 'order', reference }),
    processFault: (name) => control('PUT', name, { kind: 'process' }),
    brokerFault: (name) => control('PUT', name, { kind: 'broker' }),
    openCell: async (body) => sandboxReady.parse(JSON.parse(await ask('POST', 'cells', body))),
    removeCell: async (id) => void (await ask('DELETE', `cells/${id}`)),
    clear: (name) => control('DELETE', name),
    async stop() {
      const exited = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : undefined
      child.kill('SIGTERM')
      await exited
      return { code: child.exitCode }
    },
  }
}

/** The folder of a running sandbox; undefined once it is gone. */
export async function runFolderOf({ process: { pid } }: RunningSandbox): Promise<string | undefined> {
  const { runs } = await findHome(process.env)
  const name = (await readdir(runs)).find((each) => each.startsWith(`sandbox-${pid}-`))
  return name === undefined ? undefined : path.join(runs, name)
}
