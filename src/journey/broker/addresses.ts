import type { Contract, QueueHandoff } from '../../contract/contract.ts'
import { forStatus, type HandoffStep } from '../path.ts'

/** The nameless exchange, as brokers and instrumentations write it. */
const DEFAULT_EXCHANGE = new Set(['', 'amq.default', '<default>', '(AMQP default)'])

/** An exchange and a routing key as one name. */
export const addressOf = (exchange: string, key: string): string =>
  `${DEFAULT_EXCHANGE.has(exchange) ? '' : exchange}\n${key}`

export const queueHandoffsOf = (contract: Contract): readonly QueueHandoff[] =>
  Object.values(contract.handoffs).filter((spec): spec is QueueHandoff => spec.kind === 'queue')

export const keysOf = ({ key }: QueueHandoff): readonly string[] =>
  typeof key === 'string' ? [key] : Object.values(key)

/** Every address under which the contract expects a message. */
export const addressesOf = (contract: Contract): ReadonlySet<string> =>
  new Set(queueHandoffsOf(contract).flatMap((spec) => keysOf(spec).map((key) => addressOf(spec.exchange, key))))

/** More than one kind of message goes through the queue. */
export const isShared = (contract: Contract, queue: string): boolean =>
  queueHandoffsOf(contract)
    .filter((spec) => spec.queue === queue)
    .flatMap(keysOf).length > 1

/** The address of one step's message; null where the contract names none for its status, or the same for several steps of the flow. */
export function ownAddress(contract: Contract, flow: string, step: HandoffStep, spec: QueueHandoff): string | null {
  const key = forStatus(spec.key, step.status)
  if (key === null) return null
  const own = addressOf(spec.exchange, key)
  const alike = (contract.flows[flow]?.path ?? []).filter((other) => {
    const otherSpec = 'handoff' in other ? contract.handoffs[other.handoff] : undefined
    if (!('handoff' in other) || otherSpec?.kind !== 'queue') return false
    const otherKey = forStatus(otherSpec.key, other.status ?? null)
    return otherKey !== null && addressOf(otherSpec.exchange, otherKey) === own
  })
  return alike.length > 1 ? null : own
}
