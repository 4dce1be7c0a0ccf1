/** So many at a time; whoever waits is let in in turn. */
export interface Slots {
  take(): Promise<void>
  give(): void
}

export function createSlots(count: number): Slots {
  let free = count
  const waiting: (() => void)[] = []
  return {
    take: async () => {
      if (free > 0) {
        free--
        return
      }
      await new Promise<void>((resolve) => void waiting.push(resolve))
    },
    give: () => {
      const next = waiting.shift()
      if (next === undefined) free++
      else next()
    },
  }
}
