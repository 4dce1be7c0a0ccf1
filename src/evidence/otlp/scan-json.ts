import type { AttributeValue } from '../span.ts'
import { type Emitter, emitterOf } from './emitter.ts'
import { MalformedExport } from './malformed.ts'
import { endOf, isId, type RawAttribute, type RawEvent, type RawSpan } from './raw-span.ts'
import { exactInteger, finite } from './read-protobuf.ts'
import { keysOf, type RecognisedNames } from './recognised.ts'
import { type Emission, NO_KEYS, NO_LINKS, type Rejection, type ScannedExport, type ScannedSpan } from './scanned.ts'

type JsonObject = Readonly<Record<string, unknown>>

/** A parsed object costs about this many times its text while it waits in memory. */
const PARSED_FACTOR = 2.5

/**
 * Looks through an `ExportTraceServiceRequest` in the JSON form of OTLP: hex ids in either case, integers as numbers or text, enums as
 * numbers, unknown fields ignored. Throws `MalformedExport` when the text is no such request; a span that is wrong by itself is
 * refused by itself.
 */
export function scanJson(body: Buffer, names: RecognisedNames): ScannedExport {
  const spans: ScannedSpan[] = []
  const rejected: Rejection[] = []
  for (const resourceSpans of list(object(parse(body), 'The request').resourceSpans, 'resourceSpans')) {
    const group = object(resourceSpans, 'An element of resourceSpans')
    const resource = group.resource === undefined ? {} : object(group.resource, 'resource')
    const emitter = emitterOf(firstOfEach(attributesOf(resource.attributes)), names)
    for (const scopeSpans of list(group.scopeSpans, 'scopeSpans')) {
      scanScope(object(scopeSpans, 'An element of scopeSpans'), emitter, names, spans, rejected)
    }
  }
  return { spans, rejected, bytes: Math.ceil(body.length * PARSED_FACTOR) }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new MalformedExport(
      `The body is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : 'unreadable'}.`,
    )
  }
}

function scanScope(
  scopeSpans: JsonObject,
  emitter: Emitter,
  names: RecognisedNames,
  spans: ScannedSpan[],
  rejected: Rejection[],
): void {
  const scope = isObject(scopeSpans.scope) ? text(scopeSpans.scope.name).slice(0, 256) : ''
  const elements = list(scopeSpans.spans, 'spans')
  const emission: Emission = { emitter, scope, read: (position) => readSpan(elements[position]) }
  for (let position = 0; position < elements.length; position++) {
    try {
      spans.push(scanSpan(elements[position], emission, position, names))
    } catch (error) {
      if (!(error instanceof MalformedExport)) throw error
      rejected.push({ emitter, why: error.message })
    }
  }
}

function scanSpan(element: unknown, emission: Emission, position: number, names: RecognisedNames): ScannedSpan {
  const span = readSpan(element)
  if (!isId(span.traceId, 32)) throw new MalformedExport('A span has no valid trace id.')
  if (!isId(span.spanId, 16)) throw new MalformedExport('A span has no valid span id.')
  if (span.start === 0n && span.end === 0n) throw new MalformedExport('A span has neither start nor end.')
  const keys = span.attributes.flatMap(([name, value]) => {
    const kind = names.kindOf(name)
    return kind === undefined ? [] : keysOf(kind, value)
  })
  const linked = span.links.map((link) => link.traceId).filter((id) => isId(id, 32) && id !== span.traceId)
  return {
    emission,
    position,
    traceId: span.traceId,
    keys: keys.length === 0 ? NO_KEYS : keys,
    linked: linked.length === 0 ? NO_LINKS : linked,
    end: endOf(span.start, span.end),
  }
}

function readSpan(element: unknown): RawSpan {
  const span = object(element, 'A span')
  const status = isObject(span.status) ? span.status : {}
  return {
    ...idsOf(span),
    parentSpanId: text(span.parentSpanId).toLowerCase(),
    name: text(span.name),
    kind: small(span.kind),
    start: time(span.startTimeUnixNano),
    end: time(span.endTimeUnixNano),
    flags: small(span.flags),
    statusCode: small(status.code),
    statusMessage: text(status.message),
    attributes: attributesOf(span.attributes),
    events: list(span.events, 'events').map(readEvent),
    links: list(span.links, 'links').map((link) => idsOf(object(link, 'A link'))),
  }
}

const idsOf = (of: JsonObject) => ({
  traceId: text(of.traceId).toLowerCase(),
  spanId: text(of.spanId).toLowerCase(),
})

function readEvent(element: unknown): RawEvent {
  const event = object(element, 'An event')
  return { name: text(event.name), time: time(event.timeUnixNano), attributes: attributesOf(event.attributes) }
}

function attributesOf(value: unknown): RawAttribute[] {
  const attributes: RawAttribute[] = []
  for (const element of list(value, 'attributes')) {
    const { key, value: any } = object(element, 'An attribute')
    const read = isObject(any) ? readValue(any) : undefined
    if (typeof key === 'string' && read !== undefined) attributes.push([key, read])
  }
  return attributes
}

function firstOfEach(attributes: readonly RawAttribute[]): Map<string, AttributeValue> {
  const first = new Map<string, AttributeValue>()
  for (const [name, value] of attributes) if (!first.has(name)) first.set(name, value)
  return first
}

/** Maps, bytes and arrays within arrays are left out, so that depth is never followed. */
function readValue(any: JsonObject): AttributeValue | undefined {
  const array = any.arrayValue
  if (!isObject(array)) return readScalar(any)
  return list(array.values, 'arrayValue.values').flatMap((element) => {
    const scalar = isObject(element) ? readScalar(element) : undefined
    return scalar === undefined ? [] : [scalar]
  })
}

function readScalar(any: JsonObject): string | number | boolean | undefined {
  const { stringValue, boolValue, intValue, doubleValue } = any
  if (typeof stringValue === 'string') return stringValue
  if (typeof boolValue === 'boolean') return boolValue
  if (typeof intValue === 'number') return finite(intValue)
  if (typeof intValue === 'string' && /^-?\d{1,19}$/.test(intValue)) return exactInteger(BigInt(intValue))
  if (typeof doubleValue === 'number') return doubleValue
  if (typeof doubleValue === 'string') return finite(Number(doubleValue))
  return undefined
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function object(value: unknown, what: string): JsonObject {
  if (!isObject(value)) throw new MalformedExport(`${what} is not an object.`)
  return value
}

function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value)) throw new MalformedExport(`${what} is not a list.`)
  return value
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const small = (value: unknown): number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0

function time(value: unknown): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value)
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return BigInt(Math.trunc(value))
  if (value === undefined || value === null) return 0n
  throw new MalformedExport('A time of a span is no count of nanoseconds.')
}
