import type { ConsumeMessage } from 'amqplib'
import type { BrokerQueues } from './broker-queues.ts'
import type { Connection } from './connection.ts'
import { type DeadLetterPlan, NO_DEAD_LETTERS, type OwnBinding, planDeadLetters } from './dead-letter-plan.ts'
import { tableOf } from './header-values.ts'
import type { Seen } from './intake.ts'
import { readSigns } from './message-signs.ts'
import type { OwnQueues } from './own-queues.ts'
import { changeBindings } from './parts.ts'
import type { WatchedNames } from './watched-names.ts'

/** Watches where dead letters pass, through bindings of our own queue that change no message's way. */
export interface DeadLetters {
  /** Learns from the broker what may be bound, and binds just that. */
  refresh(): Promise<void>
  /** Why some dead letters cannot be seen; empty: all can. */
  unseen(): readonly string[]
  /** What a message in our queue says; null when it did not come there by dying. */
  read(message: Pick<ConsumeMessage, 'fields' | 'properties'>): Seen | null
}

/** `broker` null: nobody tells which exchanges there are, so none is bound. */
export function createDeadLetters(
  connection: Connection,
  broker: BrokerQueues | null,
  own: OwnQueues,
  names: WatchedNames,
): DeadLetters {
  let plan: DeadLetterPlan = NO_DEAD_LETTERS
  let bound: readonly OwnBinding[] = []
  let unseen: readonly string[] = ['without the management API nobody tells where dead letters go']

  return {
    refresh: async () => {
      if (broker === null) return
      const next = await planDeadLetters(broker, names.queues, names.exchanges)
      const problem = await changeBindings(connection, own, {
        add: missingFrom(bound, next.bindings),
        remove: missingFrom(next.bindings, bound),
      })
      plan = next
      if (problem === null) bound = next.bindings
      unseen = problem === null ? next.unseen : [...next.unseen, problem]
    },
    unseen: () => unseen,
    read: ({ fields, properties }) => {
      const { messageId, correlationId } = properties
      const signs = readSigns({ messageId, correlationId, headers: tableOf(properties.headers) }, names)
      if (signs.deaths.length === 0 || signs.keys.length === 0) return null
      const { exchange, routingKey } = fields
      const queues = plan.queuesFor(exchange, routingKey)
      return { kind: 'message-dead-lettered', ...signs, exchange, routingKey, queues }
    },
  }
}

const missingFrom = (some: readonly OwnBinding[], all: readonly OwnBinding[]): readonly OwnBinding[] =>
  all.filter(({ exchange, key }) => !some.some((it) => it.exchange === exchange && it.key === key))
