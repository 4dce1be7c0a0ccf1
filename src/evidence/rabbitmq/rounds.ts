import { delay } from '../../shared/wait.ts'

/** Work done round after round, with rests in between that can be cut short. */
export interface Rounds {
  start(): void
  /** Begins the next round now, or as soon as the one under way is done. */
  now(): void
  /** Resolves when the round under way is done. */
  stop(): Promise<void>
}

/** `work` must not reject; `everyMs` says how long after a round's beginning the next one begins. */
export function createRounds(work: () => Promise<void>, everyMs: () => number): Rounds {
  const stopping = new AbortController()
  let hurry = new AbortController()
  let running: Promise<void> = Promise.resolve()

  const run = async () => {
    while (!stopping.signal.aborted) {
      const hurried = hurry.signal
      const began = performance.now()
      await work()
      const rest = Math.max(0, everyMs() - (performance.now() - began))
      await delay(rest, AbortSignal.any([stopping.signal, hurried])).catch(() => {})
      if (hurried.aborted) hurry = new AbortController()
    }
  }

  return {
    start: () => {
      running = run()
    },
    now: () => hurry.abort(),
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
