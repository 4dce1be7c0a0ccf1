import { spawn } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import type { Socket } from 'node:net'
import path from 'node:path'
import { isAlive } from './alive.ts'
import { findHome } from './home.ts'

/** A private folder for one run. */
export interface RunFolder {
  readonly path: string
  /** Removes it with all it holds. May be called again. */
  release(): Promise<void>
}

/**
 * Waits for the end of the pipe only we hold, then removes the folder, unless it was told that we have done so ourselves. What was started a moment before we
 * were killed may still make the folder anew, so it looks until the folder has stayed away for a while.
 */
const REMOVER = `
trap '' INT TERM HUP QUIT PIPE
read -r word && [ "$word" = released ] && exit 0
n=60; away=0
while [ "$n" -gt 0 ] && [ "$away" -lt 12 ]; do
  if [ -e "$1" ]; then rm -rf -- "$1"; away=0; else away=$((away + 1)); fi
  sleep 0.25; n=$((n - 1))
done
`

/**
 * Creates a folder that is gone when we are: removed by `release`, by a watchdog when we are killed, and by whoever starts next
 * should both have died. Others can walk through but not list it, because servers in it may run as another user.
 */
export async function createRunFolder(prefix: string, env: NodeJS.ProcessEnv = process.env): Promise<RunFolder> {
  const { runs } = await findHome(env)
  await sweepStale(runs)
  const folder = await mkdtemp(path.join(runs, `${prefix}-${process.pid}-`))
  await chmod(folder, 0o711)
  const remover = spawn('/bin/sh', ['-c', REMOVER, 'waybill-remover', folder], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  remover.on('error', () => {})
  remover.stdin.on('error', () => {})
  remover.unref()
  const pipe = remover.stdin as unknown as Socket
  pipe.unref()

  let releasing: Promise<void> | undefined
  const release = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
    const gone = new Promise<void>((resolve) => {
      if (remover.exitCode !== null || remover.pid === undefined) resolve()
      else remover.once('exit', () => resolve())
    })
    remover.ref()
    pipe.end('released\n')
    await gone
  }
  return { path: folder, release: () => (releasing ??= release()) }
}

async function sweepStale(runs: string): Promise<void> {
  for (const name of await readdir(runs)) {
    const pid = Number(/-(\d+)-[^-]+$/.exec(name)?.[1] ?? Number.NaN)
    if (!Number.isNaN(pid) && !isAlive(pid)) await rm(path.join(runs, name), { recursive: true, force: true })
  }
}
