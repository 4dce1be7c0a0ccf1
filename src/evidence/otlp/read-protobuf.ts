import type { AttributeValue, SpanRef } from '../span.ts'
import { firstOfEach, type RawAttribute, type RawEvent, type RawSpan } from './raw-span.ts'
import { WIRE_BYTES, WIRE_FIXED32, WIRE_FIXED64, WIRE_VARINT, WireReader } from './wire.ts'

// Field numbers: opentelemetry/proto/{trace,common}/v1. A tag is the field number and the wire type in one.
export const bytesField = (field: number): number => (field << 3) | WIRE_BYTES
export const varintField = (field: number): number => (field << 3) | WIRE_VARINT
export const fixed64Field = (field: number): number => (field << 3) | WIRE_FIXED64
const fixed32Field = (field: number): number => (field << 3) | WIRE_FIXED32

export const SPAN = {
  traceId: bytesField(1),
  spanId: bytesField(2),
  parentSpanId: bytesField(4),
  name: bytesField(5),
  kind: varintField(6),
  start: fixed64Field(7),
  end: fixed64Field(8),
  attribute: bytesField(9),
  event: bytesField(11),
  link: bytesField(13),
  status: bytesField(15),
  flags: fixed32Field(16),
} as const
export const LINK = { traceId: bytesField(1), spanId: bytesField(2) } as const
export const KEY_VALUE = { key: bytesField(1), value: bytesField(2) } as const
const EVENT = { time: fixed64Field(1), name: bytesField(2), attribute: bytesField(3) } as const
const STATUS = { message: bytesField(2), code: varintField(3) } as const
const ANY = {
  string: bytesField(1),
  bool: varintField(2),
  int: varintField(3),
  double: fixed64Field(4),
  array: bytesField(5),
} as const
const ARRAY_VALUES = bytesField(1)
/** The same numbers in all three signals: `Resource…` in the request, `Resource` and `Scope…` in it, attributes in the one and records in the other. */
const RESOURCE = {
  group: bytesField(1),
  resource: bytesField(1),
  scope: bytesField(2),
  attribute: bytesField(1),
  record: bytesField(2),
} as const

/** Reads the fields of a nested message one by one; `field` reads the value of a tag it knows and returns true. */
export function readMessage(reader: WireReader, field: (tag: number) => boolean): void {
  const outer = reader.limit
  const end = reader.end()
  reader.limit = end
  while (reader.position < end) {
    const tag = reader.tag()
    if (!field(tag)) reader.skip(tag)
  }
  reader.limit = outer
}

/** Reads one nested message of which only one repeated field matters; `read` reads each of its values. True, as `readMessage` asks it of a field that was read. */
export function readRepeated(reader: WireReader, wanted: number, read: () => void): true {
  readMessage(reader, (tag) => {
    if (tag !== wanted) return false
    read()
    return true
  })
  return true
}

/**
 * Reads an export request of logs or metrics: for each resource its attributes, then what `readRecord` makes of the records of its scopes (a resource may come
 * after them).
 */
export function readResources<T>(
  body: Buffer,
  readRecord: (reader: WireReader) => readonly T[],
): readonly { readonly resource: ReadonlyMap<string, AttributeValue>; readonly records: readonly T[] }[] {
  const reader = new WireReader(body)
  const groups: { resource: ReadonlyMap<string, AttributeValue>; records: T[] }[] = []
  while (reader.position < body.length) {
    const tag = reader.tag()
    if (tag !== RESOURCE.group) {
      reader.skip(tag)
      continue
    }
    const attributes: RawAttribute[] = []
    const records: T[] = []
    readMessage(reader, (inner) => {
      if (inner === RESOURCE.resource)
        return readRepeated(reader, RESOURCE.attribute, () => readAttributeInto(reader, attributes))
      if (inner === RESOURCE.scope)
        return readRepeated(reader, RESOURCE.record, () => records.push(...readRecord(reader)))
      return false
    })
    groups.push({ resource: firstOfEach(attributes), records })
  }
  return groups
}

/** Reads a length-prefixed `Span` in full. */
export function readSpan(reader: WireReader): RawSpan {
  const span = {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    name: '',
    kind: 0,
    start: 0n,
    end: 0n,
    flags: 0,
    statusCode: 0,
    statusMessage: '',
  }
  const attributes: RawAttribute[] = []
  const events: RawEvent[] = []
  const links: SpanRef[] = []
  readMessage(reader, (tag) => {
    if (tag === SPAN.attribute) readAttributeInto(reader, attributes)
    else if (tag === SPAN.traceId) span.traceId = reader.hex()
    else if (tag === SPAN.spanId) span.spanId = reader.hex()
    else if (tag === SPAN.parentSpanId) span.parentSpanId = reader.hex()
    else if (tag === SPAN.name) span.name = reader.string()
    else if (tag === SPAN.kind) span.kind = Number(reader.int64())
    else if (tag === SPAN.start) span.start = reader.fixed64()
    else if (tag === SPAN.end) span.end = reader.fixed64()
    else if (tag === SPAN.flags) span.flags = reader.fixed32()
    else if (tag === SPAN.event) events.push(readEvent(reader))
    else if (tag === SPAN.link) links.push(readLink(reader))
    else if (tag === SPAN.status) readStatusInto(reader, span)
    else return false
    return true
  })
  return { ...span, attributes, events, links }
}

function readLink(reader: WireReader): SpanRef {
  let traceId = ''
  let spanId = ''
  readMessage(reader, (tag) => {
    if (tag === LINK.traceId) traceId = reader.hex()
    else if (tag === LINK.spanId) spanId = reader.hex()
    else return false
    return true
  })
  return { traceId, spanId }
}

function readEvent(reader: WireReader): RawEvent {
  let name = ''
  let time = 0n
  const attributes: RawAttribute[] = []
  readMessage(reader, (tag) => {
    if (tag === EVENT.name) name = reader.string()
    else if (tag === EVENT.time) time = reader.fixed64()
    else if (tag === EVENT.attribute) readAttributeInto(reader, attributes)
    else return false
    return true
  })
  return { name, time, attributes }
}

function readStatusInto(reader: WireReader, into: { statusCode: number; statusMessage: string }): void {
  readMessage(reader, (tag) => {
    if (tag === STATUS.code) into.statusCode = Number(reader.int64())
    else if (tag === STATUS.message) into.statusMessage = reader.string()
    else return false
    return true
  })
}

/** Reads a length-prefixed `KeyValue`; one without a value Waybill keeps adds nothing. */
export function readAttributeInto(reader: WireReader, into: RawAttribute[]): void {
  let key = ''
  let value: AttributeValue | undefined
  readMessage(reader, (tag) => {
    if (tag === KEY_VALUE.key) key = reader.string()
    else if (tag === KEY_VALUE.value) value = readValue(reader)
    else return false
    return true
  })
  if (value !== undefined) into.push([key, value])
}

/**
 * Reads a length-prefixed `AnyValue`. Maps, bytes and arrays within arrays are stepped over, not descended into, so that no
 * depth of nesting costs anything.
 */
export function readValue(reader: WireReader): AttributeValue | undefined {
  let value: AttributeValue | undefined
  readMessage(reader, (tag) => {
    if (tag === ANY.array) value = readArray(reader)
    else {
      const scalar = readScalar(reader, tag)
      if (scalar === undefined) return false
      value = scalar
    }
    return true
  })
  return value
}

function readArray(reader: WireReader): AttributeValue {
  const elements: (string | number | boolean)[] = []
  readMessage(reader, (tag) => {
    if (tag !== ARRAY_VALUES) return false
    readMessage(reader, (inner) => {
      const scalar = readScalar(reader, inner)
      if (scalar !== undefined) elements.push(scalar)
      return scalar !== undefined
    })
    return true
  })
  return elements
}

function readScalar(reader: WireReader, tag: number): string | number | boolean | undefined {
  if (tag === ANY.string) return reader.string()
  if (tag === ANY.bool) return reader.int64() !== 0n
  if (tag === ANY.int) return exactInteger(reader.int64())
  if (tag === ANY.double) return finite(reader.double())
  return undefined
}

/** An integer as a number where a double holds it exactly, else as text. */
export const exactInteger = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : value.toString()

/** A double as a number where JSON can carry it, else as text. */
export const finite = (value: number): number | string => (Number.isFinite(value) ? value : String(value))
