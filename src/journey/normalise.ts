import type { SpanEnded } from '../evidence/fact.ts'
import { firstText } from '../evidence/message-ids.ts'
import type { Span } from '../evidence/span.ts'
import type { Act, ActError } from './act.ts'
import { readMessageAddress } from './message-address.ts'

/**
 * Reads each span into the one vocabulary of `Act`, whatever language and generation of attribute names it comes from
 * (OpenTelemetry semantic conventions from the first messaging names of amqplib's instrumentation to 1.44), and drops what only
 * tells of the channel: the one-span `basic.ack` traces of the Java agent, declarations, settlements.
 */
export function normalise(facts: readonly SpanEnded[]): readonly Act[] {
  return facts.filter(({ span }) => !isChannelChore(span)).map(readAct)
}

const CHANNEL_CHORE =
  /^(basic\.(ack|nack|reject|qos|consume|cancel|get)|(queue|exchange)\.(declare|bind|unbind|delete)|channel\.|connection\.|confirm\.select|(ack|nack|reject|settle) )/

function isChannelChore(span: Span): boolean {
  if (span.attributes['messaging.operation.type'] === 'settle') return true
  return span.kind !== 'producer' && span.kind !== 'consumer' && isMessaging(span) && CHANNEL_CHORE.test(span.name)
}

const isMessaging = (span: Span): boolean =>
  span.attributes['messaging.system'] !== undefined || CHANNEL_CHORE.test(span.name)

function readAct(fact: SpanEnded): Act {
  const { span } = fact
  const common = { fact, span, error: readError(span) }
  const a = span.attributes

  if (a['messaging.system'] !== undefined || span.kind === 'producer' || span.kind === 'consumer') {
    const operation = messagingOperation(span)
    if (operation !== null) return { ...common, op: operation, message: readMessageAddress(span, operation) }
  }
  const method = firstText(a, HTTP_METHOD)
  if (method !== null && (span.kind === 'server' || span.kind === 'client')) {
    const http = {
      ...common,
      method: method.toUpperCase(),
      path: readPath(span),
      route: firstText(a, ['http.route', 'uri']),
      httpStatus: readHttpStatus(span),
    }
    return span.kind === 'server' ? { ...http, op: 'serve' } : { ...http, op: 'call' }
  }
  if (span.kind === 'client') {
    const storage = readStorage(span)
    if (storage !== null) return { ...common, op: 'storage', ...storage }
    const sql = readSql(span)
    if (sql !== null) return { ...common, op: 'sql', ...sql }
  }
  return { ...common, op: 'internal' }
}

function messagingOperation(span: Span): 'publish' | 'consume' | null {
  if (span.kind === 'producer') return 'publish'
  if (span.kind === 'consumer') return 'consume'
  const type = firstText(span.attributes, ['messaging.operation.type', 'messaging.operation'])
  if (type === 'publish' || type === 'send') return 'publish'
  return type === 'process' || type === 'deliver' ? 'consume' : null
}

function readPath(span: Span): string | null {
  const path = firstText(span.attributes, ['url.path', 'http.target'])
  if (path !== null) return path.split('?', 1)[0] ?? null
  const url = firstText(span.attributes, ['url.full', 'http.url'])
  if (url === null) return null
  if (url.startsWith('/')) return url.split('?', 1)[0] ?? null
  const match = /^[a-z]+:\/\/[^/]+(\/[^?#]*)?/i.exec(url)
  return match === null ? null : (match[1] ?? '/')
}

function readStorage(span: Span) {
  const a = span.attributes
  const service = firstText(a, ['rpc.service'])
  const method = firstText(a, ['rpc.method'])
  const fromName = /^S3\.(\w+)$/.exec(span.name)?.[1] ?? null
  const bucket = firstText(a, ['aws.s3.bucket'])
  const isS3 = service === 'S3' || bucket !== null || fromName !== null || method?.startsWith('S3/') === true
  if (!isS3) return null
  const operation = (method ?? fromName ?? span.name).replace(/^S3[./]/, '')
  return { operation, bucket, key: firstText(a, ['aws.s3.key']) }
}

function readSql(span: Span) {
  const a = span.attributes
  if (firstText(a, ['db.system.name', 'db.system']) === null) return null
  const text = firstText(a, ['db.query.text', 'db.statement', 'db.query.summary']) ?? span.name
  const verb = firstText(a, ['db.operation.name', 'db.operation']) ?? /[a-z]+/i.exec(text)?.[0] ?? ''
  return { verb: verb.toUpperCase(), text }
}

function readError(span: Span): ActError | null {
  const httpStatus = readHttpStatus(span)
  const failedServing = span.kind === 'server' && httpStatus !== null && httpStatus >= 500
  if (span.status !== 'error' && !failedServing) return null
  const exception = span.exceptions.at(-1)
  const type = exception?.type ?? firstText(span.attributes, ['error.type', 'exception.type']) ?? 'error'
  const message = exception?.message ?? span.statusMessage ?? (httpStatus === null ? '' : `HTTP ${httpStatus}`)
  return { type, message }
}

/** Stable names, the ones before, and Micrometer's, which calls them `method`, `uri` and `status`. */
const HTTP_METHOD = ['http.request.method', 'http.method', 'method']

const readHttpStatus = ({ attributes: a, kind }: Span): number | null =>
  readNumber(
    a['http.response.status_code'] ??
      a['http.status_code'] ??
      (kind === 'server' || kind === 'client' ? a.status : null),
  )

function readNumber(value: unknown): number | null {
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : null
}
