import type { Death, MessageFact } from '../fact.ts'
import type { Key } from '../keys.ts'
import type { SpanRef } from '../span.ts'
import { countOf, listOf, tableOf, textOf, textsOf } from './header-values.ts'
import type { WatchedNames } from './watched-names.ts'

/** Headers and properties of one message as the client library gives them, whichever way it reached us. */
export interface Carried {
  readonly messageId: unknown
  readonly correlationId: unknown
  readonly headers: Readonly<Record<string, unknown>>
}

/** What is kept of a message. */
export type Signs = Pick<MessageFact, 'keys' | 'messageId' | 'correlationId' | 'context' | 'marked' | 'deaths'>

/**
 * The one place where a message's headers and properties are read, of real orders too: what is not named here is dropped with the body.
 *
 * A message that names an order is that order's, whatever trace it travels in. Only one that names none goes by its own id and its trace.
 */
export function readSigns({ messageId, correlationId, headers }: Carried, names: WatchedNames): Signs {
  const message = textOf(messageId)
  const correlation = textOf(correlationId)
  const context = contextOf(headers)
  const named = (name: string): string | null => {
    if (name === 'message_id') return message
    return name === 'correlation_id' ? correlation : textOf(headers[name])
  }
  let order: string | null = null
  for (const name of names.order) order ??= named(name)
  return {
    keys: order === null ? namelessKeys(message, context) : [{ kind: 'order', value: order }],
    messageId: message,
    correlationId: correlation,
    context,
    marked: markedBy(headers, names.mark),
    deaths: deathsOf(headers),
  }
}

const namelessKeys = (message: string | null, context: SpanRef | null): readonly Key[] => [
  ...(message === null ? [] : [{ kind: 'message', value: message } as const]),
  ...(context === null ? [] : [{ kind: 'trace', value: context.traceId } as const]),
]

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}/

function contextOf(headers: Carried['headers']): SpanRef | null {
  const [, traceId, spanId] = TRACEPARENT.exec(textOf(headers.traceparent) ?? '') ?? []
  if (traceId === undefined || spanId === undefined || /^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return { traceId, spanId }
}

const NO_MARK: ReadonlySet<unknown> = new Set([undefined, null, false, 0, '', '0', 'false'])

function markedBy(headers: Carried['headers'], marks: readonly string[]): boolean | null {
  if (marks.length === 0) return null
  if (marks.some((name) => !NO_MARK.has(headers[name]))) return true
  const members = membersOf(headers.baggage)
  return marks.some((name) => !NO_MARK.has(members.get(name)))
}

/** Most characters of W3C baggage, as its specification has it. */
const MAX_BAGGAGE_CHARS = 8192

/** Name and value of each baggage member. */
function membersOf(baggage: unknown): ReadonlyMap<string, string> {
  const text = Buffer.isBuffer(baggage) ? baggage.toString('utf8') : baggage
  if (typeof text !== 'string' || text.length > MAX_BAGGAGE_CHARS) return new Map()
  return new Map(
    text.split(',').map((member) => {
      const [entry = ''] = member.split(';')
      const at = entry.indexOf('=')
      return [entry.slice(0, at).trim(), entry.slice(at + 1).trim()]
    }),
  )
}

const REASONS: readonly Death['reason'][] = ['rejected', 'expired', 'maxlen', 'delivery_limit']

/** Most entries of `x-death` kept; the broker writes one for each queue and reason. */
const MAX_DEATHS = 32

/** The entries of `x-death`, newest first as the broker writes them; what is no entry is left out. */
function deathsOf(headers: Carried['headers']): readonly Death[] {
  return listOf(headers['x-death'])
    .slice(0, MAX_DEATHS)
    .flatMap((entry): Death[] => {
      const told = tableOf(entry)
      const reason = REASONS.find((it) => it === told.reason)
      const queue = textOf(told.queue)
      if (reason === undefined || queue === null) return []
      const routingKeys = textsOf(told['routing-keys'])
      return [{ reason, queue, exchange: textOf(told.exchange) ?? '', routingKeys, count: countOf(told.count) }]
    })
}
