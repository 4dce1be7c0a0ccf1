import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

/** What a command left on its two streams, and how it ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Command {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Resolves once `text` has appeared on standard error; rejects when the command ends first. */
  says(text: string): Promise<void>
  /** The first line on standard output. */
  prints(): Promise<string>
}

/** Starts `waybill` with these arguments as a user would. */
export function startWaybill(args: readonly string[], env: NodeJS.ProcessEnv = {}): Command {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stdout, stderr }))
  const says = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => stderr.includes(text) && resolve()
      child.stderr?.on('data', look)
      look()
      void ended.then(() => reject(new Error(`ended before it said "${text}":\n${stderr}`)))
    })
  const prints = () =>
    new Promise<string>((resolve, reject) => {
      const look = () => stdout.includes('\n') && resolve(stdout.split('\n')[0] ?? '')
      child.stdout?.on('data', look)
      look()
      void ended.then(() => reject(new Error(`ended before it printed anything:\n${stderr}`)))
    })
  return { child, ended, says, prints }
}

export const waybill = (args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended> =>
  startWaybill(args, env).ended
