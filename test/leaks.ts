import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const GRACE_MS = 8_000
const LOOK_AGAIN_MS = 200

/** Folders that tools keep on purpose for the next run. */
const CACHES = ['playwright-transform-cache', 'node-compile-cache', 'v8-compile-cache']

/** True for this process and its direct children: the test runner, its workers and its watchdog. */
async function isRunner(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const parent = /^.*\) \S (\d+)/s.exec(stat)?.[1]
  return Number(pid) === process.pid || Number(parent) === process.pid
}

/** One line for each living process whose environment holds `mark`, the test runner's own apart. */
async function processesWith(mark: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid) || (await isRunner(pid))) continue
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (!environment.includes(mark)) continue
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    if (command !== '') found.push(`${pid}: ${command.replaceAll('\0', ' ').slice(0, 160)}`)
  }
  return found
}

async function leftIn(folder: string): Promise<string[]> {
  const names = await readdir(folder)
  return names.filter((name) => !CACHES.some((cache) => name.startsWith(cache)))
}

/**
 * Gives the whole test run a temporary folder of its own and fails it when, at the end, a process that was started
 * under it still lives or a file still lies there.
 */
export default async function watchForLeaks(): Promise<() => Promise<void>> {
  const before = process.env.TMPDIR
  const folder = await mkdtemp(join(tmpdir(), 'wbt-'))
  // A database server started for root runs as another user and must be able to pass through.
  await chmod(folder, 0o755)
  process.env.TMPDIR = folder

  return async () => {
    if (before === undefined) delete process.env.TMPDIR
    else process.env.TMPDIR = before
    const mark = `TMPDIR=${folder}`
    const deadline = Date.now() + GRACE_MS
    let alive = await processesWith(mark)
    while (alive.length > 0 && Date.now() < deadline) {
      await delay(LOOK_AGAIN_MS)
      alive = await processesWith(mark)
    }
    const files = await leftIn(folder)
    await rm(folder, { recursive: true, force: true })
    if (alive.length + files.length === 0) return
    process.exitCode = 1
    throw new Error(
      `The tests left something behind.\n  processes: ${alive.join('\n    ') || 'none'}\n  in the temporary folder: ${files.join(', ') || 'none'}`,
    )
  }
}
