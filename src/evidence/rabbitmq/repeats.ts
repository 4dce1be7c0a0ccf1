import { fromMs, plus, type UnixNanos } from '../../shared/units.ts'

/** How long the same reading of something is not told again: figures of a queue that holds messages, of one that holds none, setups. */
const QUIET_FOR_MS = { busy: 900, quiet: 2_000, rare: 10_000 } as const

/** Keeps evidence small: a reading is told when it has changed, and otherwise only now and then. */
export interface Repeats {
  isNews(what: string, reading: string, at: UnixNanos, sort: keyof typeof QUIET_FOR_MS): boolean
}

export function createRepeats(): Repeats {
  const told = new Map<string, { readonly reading: string; readonly at: UnixNanos }>()
  return {
    isNews: (what, reading, at, sort) => {
      const last = told.get(what)
      if (last?.reading === reading && at < plus(last.at, fromMs(QUIET_FOR_MS[sort]))) return false
      told.set(what, { reading, at })
      return true
    },
  }
}
