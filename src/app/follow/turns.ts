/** Evaluations of all orders one after another, so that many orders at once do not leave the monitor without time for anything else. */
export interface Turns {
  /** Runs `work` after `ms` milliseconds, or as soon after that as its turn comes. Returns how to take it back. */
  after(ms: number, work: () => void): () => void
}

interface Waiting {
  readonly from: number
  readonly work: () => void
}

/** Together they may take at most this share of the time. */
const BUSY_SHARE = 0.5

/** Turns in the order in which they are due; after each, as much time passes as it took. */
export function createTurns(): Turns {
  const waiting = new Set<Waiting>()
  let freeFrom = 0
  let timer: NodeJS.Timeout | undefined

  const first = (): Waiting | undefined => {
    let first: Waiting | undefined
    for (const each of waiting) if (first === undefined || each.from < first.from) first = each
    return first
  }

  const schedule = () => {
    clearTimeout(timer)
    const next = first()
    if (next === undefined) return
    timer = setTimeout(() => take(next), Math.max(0, Math.max(next.from, freeFrom) - performance.now()))
  }

  const take = (turn: Waiting) => {
    waiting.delete(turn)
    const began = performance.now()
    try {
      turn.work()
    } finally {
      const ended = performance.now()
      freeFrom = ended + (ended - began) * (1 / BUSY_SHARE - 1)
      schedule()
    }
  }

  return {
    after(ms, work) {
      const turn = { from: performance.now() + ms, work }
      waiting.add(turn)
      schedule()
      return () => {
        if (waiting.delete(turn)) schedule()
      }
    },
  }
}
