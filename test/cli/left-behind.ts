import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'

const LOOK_MS = 100

const readOrNothing = (path: string): string => {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** Command lines of living processes that inherited `mark` in their environment. */
export const processesMarked = (mark: string): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => readOrNothing(`/proc/${pid}/environ`).includes(mark))
    .map((pid) => readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim())
    .filter((command) => command !== '')

/** Waits until no process with the mark is left; returns those that are after `limitMs`. */
export async function leftBehind(mark: string, limitMs: number): Promise<readonly string[]> {
  const until = performance.now() + limitMs
  let left = processesMarked(mark)
  while (left.length > 0 && performance.now() < until) {
    await delay(LOOK_MS)
    left = processesMarked(mark)
  }
  return left
}
