import type { Contract, QueueHandoff } from '../../contract/contract.ts'
import type { MessageDeadLettered, MessageDelivered, MessageFact, MessagePublished } from '../../evidence/fact.ts'
import type { HandoffStep } from '../path.ts'
import type { View } from '../view.ts'
import { addressesOf, addressOf, isShared, ownAddress } from './addresses.ts'

/** What the broker told of one message, each list by time. */
export interface MessageTrack {
  readonly published: readonly MessagePublished[]
  /** To the hand-off's own queue. */
  readonly delivered: readonly MessageDelivered[]
  readonly deadLettered: readonly MessageDeadLettered[]
  /** The last of them all. */
  readonly last: MessageFact
}

/** What the broker told of the messages of one crossing. */
export interface MessageTrail {
  /** By message, in order of their first sign. A message published anew under the same message id is the same message. */
  readonly tracks: readonly MessageTrack[]
  /** Messages of the order on the same exchange, under a key of which the contract does not speak, that no queue took. */
  readonly strays: readonly MessagePublished[]
}

const EMPTY: MessageTrail = { tracks: [], strays: [] }

/** Worked out once for each view: crossings and several rules ask for it. */
const known = new WeakMap<View, Map<HandoffStep, MessageTrail>>()

/**
 * Follows the messages of one crossing through the broker. A message is told apart by the address it was first published to, which a dead letter keeps
 * in its deaths however often exchange and key change on its way round; else by its message id; else by a queue nothing else goes through.
 *
 *   orders/order.submitted ─► mes.orders ─rejected─► retries/order.submitted ─► mes.orders.retry ─expired─► returns/mes.orders.second ─► mes.orders
 *   deaths:      (none)                   [mes.orders ← orders/order.submitted]                [mes.orders.retry ← retries/…, mes.orders ← orders/order.submitted]
 */
export function trailOf(view: View, step: HandoffStep, spec: QueueHandoff): MessageTrail {
  const trails = known.get(view) ?? new Map<HandoffStep, MessageTrail>()
  known.set(view, trails)
  const before = trails.get(step)
  if (before !== undefined) return before
  const trail = readTrail(view, step, spec)
  trails.set(step, trail)
  return trail
}

function readTrail(view: View, step: HandoffStep, spec: QueueHandoff): MessageTrail {
  const own = ownAddress(view.contract, view.order.flow, step, spec)
  const told = ownMessages(view)
  if (own === null || told.length === 0) return EMPTY
  const expected = addressesOf(view.contract)
  const byAddress = told.filter((fact) => originsOf(fact).includes(own))
  const ids = new Set(byAddress.flatMap(({ messageId }) => messageId ?? []))
  const facts = told.filter((fact) => {
    const origins = originsOf(fact)
    if (origins.includes(own)) return concerns(fact, spec)
    if (origins.some((origin) => expected.has(origin))) return false
    const named = fact.messageId !== null && ids.has(fact.messageId)
    return concerns(fact, spec) && (named || goesThrough(view.contract, fact, spec))
  })
  const strays = told.filter(
    (fact): fact is MessagePublished =>
      fact.kind === 'message-published' &&
      fact.queues.length === 0 &&
      fact.exchange === spec.exchange &&
      !expected.has(addressOf(fact.exchange, fact.routingKey)),
  )
  return { tracks: [...Map.groupBy(facts, nameOf).values()].flatMap(trackOf), strays }
}

/** The order's own messages: by its id where they carry one, else by a message id or a trace that is the order's. */
function ownMessages(view: View): readonly MessageFact[] {
  const { orderIds, messageIds, traceIds } = view.spans
  const told: readonly MessageFact[] = [
    ...view.told('message-published'),
    ...view.told('message-delivered'),
    ...view.told('message-dead-lettered'),
  ]
  return told
    .filter(({ keys, messageId, context }) => {
      const orders = keys.filter(({ kind }) => kind === 'order')
      if (keys.some(({ kind, value }) => kind === 'reference' && value === view.order.key)) return true
      if (orders.length > 0) return orders.some(({ value }) => orderIds.has(value))
      return (messageId !== null && messageIds.has(messageId)) || (context !== null && traceIds.has(context.traceId))
    })
    .toSorted(byTime)
}

/** The addresses a message was published to, before its deaths and after the last. */
const originsOf = (fact: MessageFact): readonly string[] => [
  addressOf(fact.exchange, fact.routingKey),
  ...fact.deaths.flatMap(({ exchange, routingKeys }) => routingKeys.map((key) => addressOf(exchange, key))),
]

/** Of a message that several queues take, only what happens to it on this hand-off's way. */
function concerns(fact: MessageFact, spec: QueueHandoff): boolean {
  if (fact.kind === 'message-published') return true
  if (fact.kind === 'message-delivered') return fact.queue === spec.queue
  return fact.deaths.some(({ queue }) => wayOf(spec).includes(queue))
}

/** The queues a message of the hand-off lies in before its receiver gets it. */
export const wayOf = ({ queue, retry = [] }: QueueHandoff): readonly string[] => [queue, ...retry]

/** Published straight into the queue, or handed out from it, where no other message goes that way. */
function goesThrough(contract: Contract, fact: MessageFact, spec: QueueHandoff): boolean {
  if (isShared(contract, spec.queue)) return false
  if (fact.kind === 'message-published') return fact.queues.includes(spec.queue)
  return fact.kind === 'message-delivered'
    ? fact.queue === spec.queue
    : fact.deaths.some((it) => it.queue === spec.queue)
}

/** A message without an id goes by the publish span it carries. */
const nameOf = ({ messageId, context }: MessageFact): string =>
  messageId ?? (context === null ? '' : `${context.traceId}:${context.spanId}`)

const trackOf = (facts: readonly MessageFact[]): readonly MessageTrack[] => {
  const [first, ...others] = facts
  if (first === undefined) return []
  return [
    {
      published: facts.filter((fact) => fact.kind === 'message-published'),
      delivered: facts.filter((fact) => fact.kind === 'message-delivered'),
      deadLettered: facts.filter((fact) => fact.kind === 'message-dead-lettered'),
      last: others.reduce((last, fact) => (isAfter(fact, last) ? fact : last), first),
    },
  ]
}

const byTime = (a: MessageFact, b: MessageFact): number =>
  a.at.latest < b.at.latest ? -1 : a.at.latest > b.at.latest ? 1 : a.id < b.id ? -1 : 1

/**
 * Whether `a` happened after `b`. Two of the tap's queues may hand over in another order than things happened; where their times do not tell, the
 * deaths do: each death counts one up, and a message is handed out after it has come in.
 */
function isAfter(a: MessageFact, b: MessageFact): boolean {
  if (a.at.earliest > b.at.latest) return true
  if (a.at.latest < b.at.earliest) return false
  const [deathsOfA, deathsOfB] = [deathsIn(a), deathsIn(b)]
  if (deathsOfA !== deathsOfB) return deathsOfA > deathsOfB
  if ((a.kind === 'message-delivered') !== (b.kind === 'message-delivered')) return a.kind === 'message-delivered'
  return a.at.latest >= b.at.latest
}

const deathsIn = ({ deaths }: MessageFact): number => deaths.reduce((sum, { count }) => sum + count, 0)
