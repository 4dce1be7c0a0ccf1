/** Does every item of a list, `atOnce` at a time, in order of the list; stops taking new ones after a failure or when the signal says so. */
export async function inTurn<T>(
  items: readonly T[],
  atOnce: number,
  signal: AbortSignal,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  let failed = false
  const lane = async () => {
    for (const item of waiting) {
      if (failed) return
      signal.throwIfAborted()
      try {
        await work(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, lane))
  for (const each of ended) if (each.status === 'rejected') throw each.reason
}
