import { setTimeout as sleep } from 'node:timers/promises'

const LIMIT_MS = 25_000
const EVERY_MS = 40

/** The first answer of `look` that is not undefined; fails naming `what` when there is none in time. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined> | T | undefined,
  limitMs = LIMIT_MS,
): Promise<T> {
  const deadline = performance.now() + limitMs
  while (performance.now() < deadline) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(EVERY_MS)
  }
  throw new Error(`${what}: not within ${limitMs} ms`)
}
