import { type UnixNanos, unixNanos } from '../../shared/units.ts'
import type { AttributeValue, Span, SpanException, SpanKind } from '../span.ts'
import type { Emitter } from './emitter.ts'
import type { Keep, KeepRules } from './keep.ts'

/** A span as read from the wire, before anything is cut, clamped or named. */
export interface RawSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  readonly kind: number
  readonly start: bigint
  readonly end: bigint
  /** W3C flags and OTLP's two bits about the parent. */
  readonly flags: number
  readonly statusCode: number
  readonly statusMessage: string
  readonly attributes: readonly RawAttribute[]
  readonly events: readonly RawEvent[]
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
}

export type RawAttribute = readonly [name: string, value: AttributeValue]

/** Of two attributes with one name the first counts, as in the Collector. */
export function firstOfEach(attributes: readonly RawAttribute[]): Map<string, AttributeValue> {
  const first = new Map<string, AttributeValue>()
  for (const [name, value] of attributes) if (!first.has(name)) first.set(name, value)
  return first
}

export interface RawEvent {
  readonly name: string
  readonly time: bigint
  readonly attributes: readonly RawAttribute[]
}

const KINDS: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const STATUSES: readonly Span['status'][] = ['unset', 'ok', 'error']
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200
const MAX_NAME_CHARS = 512
const MAX_LINKS = 128
const MAX_EXCEPTIONS = 16
/** Largest time a signed 64-bit column can hold: the year 2262. */
const LAST_NANO = 2n ** 63n - 1n

const ID = /^(?!0+$)[0-9a-f]+$/
/** Whether text is a lower-case hex id of the right length and not all zeros. */
export const isId = (text: string, length: 16 | 32): boolean => text.length === length && ID.test(text)

export const clampNanos = (value: bigint): UnixNanos => unixNanos(value > LAST_NANO ? LAST_NANO : value)

/** When a span ended, as far as it says: an unset or earlier end is the start. */
export const endOf = (start: bigint, end: bigint): UnixNanos => clampNanos(end > start ? end : start)

/**
 * Makes a `Span` of what was read: cut to what is kept, times in range, end not before start. Of two attributes with one name the
 * first is kept, as the Collector does.
 */
export function toSpan(raw: RawSpan, emitter: Emitter, scope: string, keep: Keep, rules: KeepRules): Span {
  const end = endOf(raw.start, raw.end)
  return {
    traceId: raw.traceId,
    spanId: raw.spanId,
    parentSpanId: isId(raw.parentSpanId, 16) ? raw.parentSpanId : null,
    parentIsRemote: (raw.flags & HAS_IS_REMOTE) === 0 ? null : (raw.flags & IS_REMOTE) !== 0,
    links: raw.links.filter((link) => isId(link.traceId, 32) && isId(link.spanId, 16)).slice(0, MAX_LINKS),
    kind: KINDS[raw.kind] ?? 'unspecified',
    name: raw.name.slice(0, MAX_NAME_CHARS),
    start: raw.start === 0n ? end : clampNanos(raw.start),
    end,
    status: STATUSES[raw.statusCode] ?? 'unset',
    statusMessage: raw.statusMessage === '' ? null : raw.statusMessage.slice(0, rules.maxChars),
    attributes: keptAttributes(raw.attributes, keep, rules),
    exceptions: raw.events
      .filter((event) => event.name === 'exception')
      .slice(0, MAX_EXCEPTIONS)
      .map((event) => exceptionOf(event, rules)),
    service: emitter.service,
    instance: emitter.instance,
    version: emitter.version,
    scope,
  }
}

function keptAttributes(attributes: readonly RawAttribute[], keep: Keep, rules: KeepRules): Span['attributes'] {
  const kept = new Map<string, AttributeValue>()
  for (const [name, value] of attributes) {
    if (kept.size >= rules.maxAttributes) break
    if (kept.has(name)) continue
    const part = keep(name, value)
    if (part !== undefined) kept.set(name, part)
  }
  return Object.fromEntries(kept)
}

function exceptionOf(event: RawEvent, rules: KeepRules): SpanException {
  const text = (name: string): string => {
    const value = event.attributes.find((attribute) => attribute[0] === name)?.[1]
    return typeof value === 'string' ? value.slice(0, rules.maxChars) : ''
  }
  return { type: text('exception.type'), message: text('exception.message'), at: clampNanos(event.time) }
}
