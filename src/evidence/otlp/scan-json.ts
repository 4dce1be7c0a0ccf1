import { type Emitter, emitterOf } from './emitter.ts'
import { MalformedExport } from './malformed.ts'
import { endOf, firstOfEach, isId, type RawEvent, type RawSpan } from './raw-span.ts'
import { attributesOf, isObject, type JsonObject, list, object, parseJson } from './read-json.ts'
import { keysOf, type RecognisedNames } from './recognised.ts'
import { type Emission, NO_KEYS, NO_LINKS, type Rejection, type ScannedExport, type ScannedSpan } from './scanned.ts'

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
  for (const resourceSpans of list(object(parseJson(body), 'The request').resourceSpans, 'resourceSpans')) {
    const group = object(resourceSpans, 'An element of resourceSpans')
    const resource = group.resource === undefined ? {} : object(group.resource, 'resource')
    const emitter = emitterOf(firstOfEach(attributesOf(resource.attributes)), names)
    for (const scopeSpans of list(group.scopeSpans, 'scopeSpans')) {
      scanScope(object(scopeSpans, 'An element of scopeSpans'), emitter, names, spans, rejected)
    }
  }
  return { spans, rejected, bytes: Math.ceil(body.length * PARSED_FACTOR) }
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

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

const small = (value: unknown): number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0

function time(value: unknown): bigint {
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return BigInt(value)
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return BigInt(Math.trunc(value))
  if (value === undefined || value === null) return 0n
  throw new MalformedExport('A time of a span is no count of nanoseconds.')
}
