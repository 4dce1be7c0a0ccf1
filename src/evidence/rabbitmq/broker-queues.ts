import { countOf, listOf, tableOf } from './header-values.ts'
import type { Management } from './management.ts'

/** One binding of an exchange. */
export interface Binding {
  readonly exchange: string
  readonly key: string
  readonly destination: string
  readonly to: 'queue' | 'exchange'
}

/** How a queue is set up, arguments and policies taken together as the broker does. */
export interface QueueArguments {
  readonly messageTtlMs: number | null
  readonly maxLength: number | null
  readonly deadLetterExchange: string | null
  readonly deadLetterKey: string | null
}

/** Figures of a queue as the broker last counted them. */
export interface QueueTotals {
  readonly ready: number
  readonly unacknowledged: number
}

/** What could be read; `missing`: the broker has no such thing. */
export type Read<T> =
  | { readonly outcome: 'found'; readonly value: T }
  | { readonly outcome: 'missing' }
  | { readonly outcome: 'unavailable'; readonly why: string }

/** What the management API tells of the queues and exchanges of one virtual host. */
export interface BrokerQueues {
  /** Figures by queue; a queue that is not there is absent. One question for all of them. */
  totals(queues: readonly string[]): Promise<Read<ReadonlyMap<string, QueueTotals>>>
  /** Arguments by queue; a queue that is not there is absent. One question for all of them. */
  arguments(queues: readonly string[]): Promise<Read<ReadonlyMap<string, QueueArguments>>>
  bindingsOf(queue: string): Promise<Read<readonly Binding[]>>
  exchangeType(exchange: string): Promise<Read<string>>
  bindingsFrom(exchange: string): Promise<Read<readonly Binding[]>>
}

export function createBrokerQueues(management: Management, vhost: string): BrokerQueues {
  const place = (kind: 'queues' | 'exchanges', name?: string) =>
    [kind, vhost, ...(name === undefined ? [] : [name])].map(encodeURIComponent).join('/')

  const read = async <T>(path: string, take: (body: unknown) => T): Promise<Read<T>> => {
    const answer = await management.get(path)
    if (answer.outcome === 'unavailable') return answer
    if (answer.status === 404) return { outcome: 'missing' }
    if (answer.status >= 300) return { outcome: 'unavailable', why: `the management API answered ${answer.status}` }
    return { outcome: 'found', value: take(answer.body) }
  }

  const list = (queues: readonly string[], more: Readonly<Record<string, string>>) => {
    const name = `^(${queues.map(escapePattern).join('|')})$`
    return `${place('queues')}?${new URLSearchParams({ name, use_regex: 'true', page: '1', page_size: '500', ...more })}`
  }

  return {
    totals: (queues) => read(list(queues, { disable_stats: 'true', enable_queue_totals: 'true' }), totalsIn),
    arguments: (queues) =>
      read(list(queues, { columns: 'name,arguments,effective_policy_definition' }), allArgumentsIn),
    bindingsOf: (queue) => read(`${place('queues', queue)}/bindings`, bindingsIn),
    exchangeType: (exchange) =>
      read(`${place('exchanges', exchange)}?columns=type`, (body) => String(tableOf(body).type ?? '')),
    bindingsFrom: (exchange) => read(`${place('exchanges', exchange)}/bindings/source`, bindingsIn),
  }
}

const escapePattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** A queue whose figures have not been counted yet is left out. */
function totalsIn(body: unknown): ReadonlyMap<string, QueueTotals> {
  return new Map(
    listOf(tableOf(body).items).flatMap((item): [string, QueueTotals][] => {
      const { name, messages_ready: ready, messages_unacknowledged: unacknowledged } = tableOf(item)
      if (typeof name !== 'string' || typeof ready !== 'number') return []
      return [[name, { ready: countOf(ready), unacknowledged: countOf(unacknowledged) }]]
    }),
  )
}

function bindingsIn(body: unknown): readonly Binding[] {
  return listOf(body).flatMap((item): Binding[] => {
    const { source, routing_key: key, destination, destination_type: type } = tableOf(item)
    if (typeof source !== 'string' || typeof key !== 'string' || typeof destination !== 'string') return []
    return [{ exchange: source, key, destination, to: type === 'exchange' ? 'exchange' : 'queue' }]
  })
}

const allArgumentsIn = (body: unknown): ReadonlyMap<string, QueueArguments> =>
  new Map(
    listOf(tableOf(body).items).flatMap((item): [string, QueueArguments][] => {
      const queue = tableOf(item)
      return typeof queue.name === 'string' ? [[queue.name, argumentsIn(queue)]] : []
    }),
  )

/** An argument goes before a policy; of two limits the lower holds. */
function argumentsIn(queue: Readonly<Record<string, unknown>>): QueueArguments {
  const own = tableOf(queue.arguments)
  const policy = tableOf(queue.effective_policy_definition)
  const limit = (name: string): number | null => {
    const given = [own[`x-${name}`], policy[name]].filter((it) => typeof it === 'number')
    return given.length === 0 ? null : Math.min(...given)
  }
  const text = (name: string): string | null => {
    const given = own[`x-${name}`] ?? policy[name]
    return typeof given === 'string' ? given : null
  }
  return {
    messageTtlMs: limit('message-ttl'),
    maxLength: limit('max-length'),
    deadLetterExchange: text('dead-letter-exchange'),
    deadLetterKey: text('dead-letter-routing-key'),
  }
}
