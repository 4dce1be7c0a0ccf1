import { setTimeout as pause } from 'node:timers/promises'

const LIMIT_MS = 15_000

/** Looks until the condition holds; fails naming it after a bounded time. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MS
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`${what} did not come true within ${LIMIT_MS} ms`)
    await pause(10)
  }
}
