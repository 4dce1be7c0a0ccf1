import { WaybillError } from './errors.ts'
import type { Milliseconds } from './units.ts'

/** Resolves after `ms`; rejects with the signal's reason when aborted. Leaves no timer behind. */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const done = () => {
      signal?.removeEventListener('abort', stopped)
      resolve()
    }
    const timer = setTimeout(done, ms)
    const stopped = () => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    signal?.addEventListener('abort', stopped, { once: true })
  })
}

/** The promise's value, or a `timed-out` error naming `what` when it takes longer than `limit`. */
export async function within<T>(limit: Milliseconds | number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new WaybillError({ code: 'timed-out', message: `${what} took longer than ${limit} ms.` })),
      limit,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
