import type { UnixNanos } from '../../shared/units.ts'

/** Counts what the tap sees handed out of each watched queue, whoever's it is, so that totals of what is unsettled can be compared with it. */
export interface HandedOut {
  add(queue: string, now: UnixNanos): void
  /** How many had been seen by a moment, since the tap began; null where that is too long ago to say. */
  by(queue: string, at: UnixNanos): number | null
}

interface Counted {
  /** When the last ones were seen, in their order. */
  readonly times: UnixNanos[]
  /** How many came before those. */
  before: number
  /** None of those came later than this. */
  forgottenTo: UnixNanos | null
}

/** Half of a queue's times are forgotten when there are so many. */
const MOST_TIMES = 20_000

export function createHandedOut(queues: ReadonlySet<string>): HandedOut {
  const counts = new Map([...queues].map((queue): [string, Counted] => [queue, emptyCount()]))
  return {
    add: (queue, now) => {
      const counted = counts.get(queue)
      if (counted === undefined) return
      counted.times.push(now)
      if (counted.times.length < MOST_TIMES) return
      const forgotten = counted.times.splice(0, MOST_TIMES / 2)
      counted.before += forgotten.length
      counted.forgottenTo = forgotten.at(-1) ?? null
    },
    by: (queue, at) => {
      const counted = counts.get(queue)
      if (counted === undefined || (counted.forgottenTo !== null && at < counted.forgottenTo)) return null
      const later = counted.times.findLastIndex((time) => time <= at)
      return counted.before + later + 1
    },
  }
}

const emptyCount = (): Counted => ({ times: [], before: 0, forgottenTo: null })
