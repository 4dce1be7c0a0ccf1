import { mkdtemp, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { delay } from '../shared/wait.ts'
import { isAlive } from './alive.ts'

/** Called with one sentence for the user about what is being got and why it takes long. */
export type OnProgress = (sentence: string) => void

const LOCK_WAIT_LIMIT_MS = 300_000

/**
 * Makes the folder `target` once per machine: `build` fills a folder beside it, which then gets its name in one step, so
 * that `target` is whole or absent. Two who build at once do no harm (the second result is dropped); the lock only saves the second the work.
 */
export async function provisionOnce(
  target: string,
  build: (folder: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  if (await exists(target)) return
  const lock = `${target}.lock`
  const locked = await takeLock(lock, () => exists(target), signal)
  try {
    if (await exists(target)) return
    await sweepLeftovers(target)
    const folder = await mkdtemp(`${target}.part-${process.pid}-`)
    try {
      await build(folder)
      await rename(folder, target).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
      })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  } finally {
    if (locked) await rm(lock, { force: true })
  }
}

/** Whether something is at `file`. */
export const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )

async function takeLock(lock: string, done: () => Promise<boolean>, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + LOCK_WAIT_LIMIT_MS
  while (performance.now() < deadline) {
    signal?.throwIfAborted()
    try {
      const file = await open(lock, 'wx', 0o600)
      await file.writeFile(String(process.pid))
      await file.close()
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (await done()) return false
    const owner = Number(await readFile(lock, 'utf8').catch(() => '0'))
    if (owner > 0 && !isAlive(owner)) await rm(lock, { force: true })
    await delay(100, signal)
  }
  return false
}

async function sweepLeftovers(target: string): Promise<void> {
  const prefix = `${path.basename(target)}.part-`
  for (const name of await readdir(path.dirname(target))) {
    if (!name.startsWith(prefix)) continue
    const pid = Number.parseInt(name.slice(prefix.length), 10)
    if (!isAlive(pid)) await rm(path.join(path.dirname(target), name), { recursive: true, force: true })
  }
}
