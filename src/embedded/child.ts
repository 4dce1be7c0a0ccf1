import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { WaybillError } from '../shared/errors.ts'
import { delay } from '../shared/wait.ts'

/** How a child ended. `failure` is set when it could not be started at all. */
export interface ChildExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly failure?: Error
}

export interface GuardedOptions {
  readonly cwd?: string
  /** The whole environment of the child; ours when left out. */
  readonly env?: NodeJS.ProcessEnv
  readonly uid?: number
  readonly gid?: number
  /** Opens a message channel, so that `process.send` of a Node child reaches `process.on('message')` here. */
  readonly ipc?: boolean
  /** The signal that asks the child to end, from us and, when we are gone, from its watchdog. Default `SIGTERM`. */
  readonly stopSignal?: 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL'
  /** How long the child may take over `stopSignal` before its whole group is killed. Default 5000. */
  readonly graceMs?: number
  /** Called with each whole line of standard output and standard error. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void
}

/** A child process that never outlives us. */
export interface GuardedChild {
  readonly pid: number | undefined
  readonly process: ChildProcess
  /** Resolves when the child is gone; never rejects. */
  readonly exited: Promise<ChildExit>
  /** The last lines it wrote, for error messages. */
  tail(): string
  /** Ends the child and everything in its process group; returns when they are gone. May be called again. */
  stop(how?: { readonly signal?: NodeJS.Signals; readonly graceMs?: number }): Promise<void>
}

/**
 * Runs in front of the child in the same process group: leaves a watchdog that waits for the end of the pipe at descriptor 3,
 * which the kernel closes when we die by whatever signal, then becomes the child. The watchdog is a grandchild by
 * a double fork, so that the child never has to reap it. It is killed with the group it kills.
 */
const GUARD = `
signal=$1; tenths=$2; shift 2
( ( trap '' INT TERM HUP QUIT PIPE
    read -r _ <&3
    kill -s "$signal" $$ 2>/dev/null
    while [ "$tenths" -gt 0 ] && kill -0 $$ 2>/dev/null; do
      case $(cat /proc/$$/stat 2>/dev/null) in *') Z '*) break ;; esac
      sleep 0.1; tenths=$((tenths - 1))
    done
    kill -s KILL -- -$$
  ) </dev/null >/dev/null 2>&1 & )
exec "$@" 3<&-
`

const TAIL_LINES = 40

/** Starts `command` in a process group of its own that is ended with us, even when we are killed by SIGKILL. */
export function spawnGuarded(command: string, args: readonly string[], options: GuardedOptions = {}): GuardedChild {
  const { cwd, env, uid, gid, ipc = false, stopSignal = 'SIGTERM', graceMs = 5000, onLine } = options
  const guardArgs = ['-c', GUARD, 'waybill-guard', stopSignal.slice(3), String(Math.ceil(graceMs / 100))]
  const child = spawn('/bin/sh', [...guardArgs, command, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(uid === undefined ? {} : { uid }),
    ...(gid === undefined ? {} : { gid }),
  })
  const lines: string[] = []
  const keep = (line: string, stream: 'stdout' | 'stderr') => {
    if (lines.push(line) > TAIL_LINES) lines.shift()
    onLine?.(line, stream)
  }
  readLines(child.stdout, (line) => keep(line, 'stdout'))
  readLines(child.stderr, (line) => keep(line, 'stderr'))
  const guard = child.stdio[3] as Duplex | null | undefined
  guard?.on('error', () => {})
  guard?.resume()
  // Only the watchdog holds the other end, so its closing tells that the watchdog, and with it the group, is gone.
  const swept = new Promise<void>((resolve) => {
    if (guard === null || guard === undefined) resolve()
    else guard.once('close', resolve)
  })

  const exited = new Promise<ChildExit>((resolve) => {
    child.once('error', (failure) => resolve({ code: null, signal: null, failure }))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  // Letting go of the pipe wakes the watchdog, which then sweeps whatever the child left in its group.
  void exited.then(() => guard?.end())

  let stopping: Promise<void> | undefined
  const stop = async (how: { readonly signal?: NodeJS.Signals; readonly graceMs?: number }) => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill(how.signal ?? stopSignal)
      const limit = new AbortController()
      const tooLong = delay(how.graceMs ?? graceMs, limit.signal).then(
        () => killGroup(child.pid),
        () => {},
      )
      await exited
      limit.abort()
      await tooLong
    }
    await swept
  }

  return {
    pid: child.pid,
    process: child,
    exited,
    tail: () => lines.join('\n'),
    stop: (how = {}) => (stopping ??= stop(how)),
  }
}

/**
 * Waits until `ready` says so, or fails with `part-failed` (the child's last words included) when the child dies first
 * or `limitMs` passes. `ready` is asked again every `everyMs`.
 */
export async function untilReady(
  child: GuardedChild,
  what: string,
  ready: () => Promise<boolean> | boolean,
  options: { readonly limitMs: number; readonly everyMs?: number; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  let exit: ChildExit | undefined
  void child.exited.then((status) => {
    exit = status
  })
  const deadline = performance.now() + options.limitMs
  while (true) {
    options.signal?.throwIfAborted()
    if (await ready()) return
    if (exit !== undefined) throw partFailed(`${what} did not come up`, describeExit(exit), child.tail())
    if (performance.now() > deadline)
      throw partFailed(`${what} did not come up`, `not ready after ${options.limitMs} ms`, child.tail())
    await delay(options.everyMs ?? 20, options.signal)
  }
}

/** Waits for a child that should end by itself; any end but exit code 0 is a `part-failed`. */
export async function untilDone(child: GuardedChild, what: string): Promise<void> {
  const exit = await child.exited
  if (exit.code !== 0) throw partFailed(`${what} failed`, describeExit(exit), child.tail())
}

/** One phrase for how a child ended. */
export function describeExit(exit: ChildExit): string {
  if (exit.failure !== undefined) return exit.failure.message
  return exit.signal === null ? `ended with exit code ${exit.code}` : `was ended by ${exit.signal}`
}

const partFailed = (what: string, actual: string, tail: string): WaybillError =>
  new WaybillError({
    code: 'part-failed',
    message: `${what}: ${actual}.${tail === '' ? '' : ` Its last words: ${tail.slice(-1500)}`}`,
    hint: 'Look at what it said last; free memory, disk space or the port it wanted, then try again.',
  })

function readLines(stream: Readable | null, keep: (line: string) => void): void {
  let rest = ''
  stream?.setEncoding('utf8')
  stream?.on('data', (text: string) => {
    const parts = (rest + text).split('\n')
    rest = (parts.pop() ?? '').slice(-65_536)
    for (const line of parts) keep(line)
  })
  stream?.on('end', () => {
    if (rest !== '') keep(rest)
  })
  stream?.on('error', () => {})
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // Gone in the meantime.
  }
}
