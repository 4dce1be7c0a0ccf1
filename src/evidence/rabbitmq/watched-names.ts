import type { Contract } from '../../contract/contract.ts'

/** What of the broker the contract speaks of, and how it recognises an order's message. */
export interface WatchedNames {
  /** Exchanges into which the hand-offs publish. */
  readonly exchanges: ReadonlySet<string>
  /** Queues of the hand-offs: those that are read, and those of retries and dead letters. */
  readonly queues: ReadonlySet<string>
  /** Headers that hold the order id; `message_id`, `correlation_id` name the properties. */
  readonly order: readonly string[]
  /** Headers or baggage members any of which marks a message as synthetic; empty: the contract names none. */
  readonly mark: readonly string[]
}

export function watchedNames({ handoffs, recognise }: Pick<Contract, 'handoffs' | 'recognise'>): WatchedNames {
  const queued = Object.values(handoffs).filter((handoff) => handoff.kind === 'queue')
  return {
    exchanges: new Set(queued.map(({ exchange }) => exchange)),
    queues: new Set(queued.flatMap(({ queue, retry, terminal }) => [queue, ...(retry ?? []), ...(terminal ?? [])])),
    order: recognise.message?.order ?? [],
    mark: recognise.message?.mark ?? [],
  }
}
