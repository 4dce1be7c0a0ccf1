/** Work side by side for different orders, one after the other for the same: a status never overtakes the one before it. */
export interface Lanes {
  run(lane: string, work: () => Promise<void>): void
  /** Resolves when nothing is in hand. */
  empty(): Promise<void>
}

/** No lane at first; one exists as long as there is work in it. `work` must not throw. */
export function createLanes(): Lanes {
  const tails = new Map<string, Promise<void>>()
  return {
    run(lane, work) {
      const tail = (tails.get(lane) ?? Promise.resolve()).then(work).finally(() => {
        if (tails.get(lane) === tail) tails.delete(lane)
      })
      tails.set(lane, tail)
    },
    async empty() {
      while (tails.size > 0) await Promise.allSettled(tails.values())
    },
  }
}
