import type { KeySet } from '../../src/evidence/keys.ts'
import type { Asker } from '../../src/evidence/ports.ts'

const NOBODY: KeySet = {
  order: new Set(['00000000-0000-4000-8000-000000000000']),
  reference: new Set(),
  trace: new Set(),
  message: new Set(),
  correlation: new Set(),
  run: new Set(),
}

/**
 * Asks every system about an order that does not exist, over and over: its server spans keep each instance's exporter busy, so that the
 * instance vouches for every moment while the recorded orders themselves are asked rarely. The answers are no evidence of any order.
 */
export function askSteadily(askers: readonly Asker[], everyMs: number): { stop(): void } {
  const stopping = new AbortController()
  const timers = askers.flatMap((asker) =>
    asker.systems.map((system) => setInterval(() => void asker.ask(system, NOBODY, stopping.signal), everyMs)),
  )
  return {
    stop: () => {
      stopping.abort()
      for (const timer of timers) clearInterval(timer)
    },
  }
}
