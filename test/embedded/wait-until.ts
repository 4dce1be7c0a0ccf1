import { readFile } from 'node:fs/promises'

/** Asks `condition` until it holds, for at most `limitMs`. */
export async function waitUntil(
  what: string,
  condition: () => Promise<boolean> | boolean,
  limitMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`${what} did not come about within ${limitMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 15))
  }
}

/** Whether a process runs; one that is dead but not yet reaped does not. */
export async function runs(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return !/^\d+ \(.*\) Z/.test(text)
}
