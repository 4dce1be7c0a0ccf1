import { encodeRecord } from '../evidence/codec.ts'
import type { Fact } from '../evidence/fact.ts'
import type { ControlClient } from './control-client.ts'

/** Hands facts to the monitor in the order they were told, without keeping the story waiting. */
export interface FactSender {
  tell(fact: Fact): void
  /** Resolves once everything told so far has landed; rejects when the monitor did not take it. */
  drain(): Promise<void>
}

/** One hand-over at a time; what is told meanwhile goes with the next. */
export function createFactSender(control: Pick<ControlClient, 'sendFacts'>): FactSender {
  let waiting: string[] = []
  let sending: Promise<void> | undefined
  let failure: unknown

  const pump = async () => {
    while (waiting.length > 0) {
      const records = waiting.splice(0, 500)
      await control.sendFacts(records)
    }
  }
  const start = () => {
    sending ??= pump()
      .catch((error: unknown) => {
        failure ??= error
        waiting = []
      })
      .finally(() => {
        sending = undefined
      })
    return sending
  }

  return {
    tell: (fact) => {
      waiting.push(encodeRecord({ type: 'fact', record: fact }))
      void start()
    },
    drain: async () => {
      while (waiting.length > 0 || sending !== undefined) await start()
      if (failure !== undefined) throw failure
    },
  }
}
