import type { AttributeValue } from '../span.ts'
import { type Emitter, emitterOf } from './emitter.ts'
import { clampNanos, firstOfEach, type RawAttribute } from './raw-span.ts'
import {
  bytesField,
  KEY_VALUE,
  LINK,
  readAttributeInto,
  readMessage,
  readRepeated,
  readSpan,
  readValue,
  SPAN,
} from './read-protobuf.ts'
import { type FoundKey, keysOf, type RecognisedName, type RecognisedNames } from './recognised.ts'
import { type Emission, NO_KEYS, NO_LINKS, type Rejection, type ScannedExport, type ScannedSpan } from './scanned.ts'
import { WireReader } from './wire.ts'

const FIRST = bytesField(1)
const SECOND = bytesField(2)
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/**
 * Looks through an `ExportTraceServiceRequest` without reading what nobody may ask for: of each span only ids, times, linked traces
 * and the recognised attributes. Throws `MalformedExport` when the bytes are no such request.
 */
export function scanProtobuf(sent: Buffer, names: RecognisedNames): ScannedExport {
  const body = inOwnMemory(sent)
  const reader = new WireReader(body)
  const spans: ScannedSpan[] = []
  const rejected: Rejection[] = []
  while (reader.position < body.length) {
    const tag = reader.tag()
    if (tag !== FIRST) {
      reader.skip(tag)
      continue
    }
    const scopes: number[] = []
    const emitter = scanResource(reader, names, scopes)
    for (const position of scopes) scanScope(new WireReader(body, position), emitter, names, spans, rejected)
  }
  return { spans, rejected, bytes: body.length }
}

/** The same bytes in memory that holds little else, since they may wait long and would keep the rest alive. */
const inOwnMemory = (bytes: Buffer): Buffer =>
  bytes.buffer.byteLength > bytes.length * 2 ? Buffer.from(new Uint8Array(bytes).buffer) : bytes

/** Reads one `ResourceSpans`: who sent it, and where its scopes begin (the resource may come after them). */
function scanResource(reader: WireReader, names: RecognisedNames, scopes: number[]): Emitter {
  const attributes: RawAttribute[] = []
  readMessage(reader, (tag) => {
    if (tag === FIRST) return readRepeated(reader, FIRST, () => readAttributeInto(reader, attributes))
    if (tag === SECOND) scopes.push(reader.position)
    return false
  })
  return emitterOf(firstOfEach(attributes), names)
}

function scanScope(
  reader: WireReader,
  emitter: Emitter,
  names: RecognisedNames,
  spans: ScannedSpan[],
  rejected: Rejection[],
): void {
  const positions: number[] = []
  let scope = ''
  readMessage(reader, (tag) => {
    if (tag === FIRST) {
      return readRepeated(reader, FIRST, () => {
        scope = reader.string()
      })
    }
    if (tag === SECOND) positions.push(reader.position)
    return false
  })
  const body = reader.bytes
  const emission: Emission = {
    emitter,
    scope: scope.slice(0, 256),
    read: (position) => readSpan(new WireReader(body, position)),
  }
  const last = { position: 0, id: '' }
  for (const position of positions) {
    reader.position = position
    const span = scanSpan(reader, emission, names, last)
    if (typeof span === 'string') rejected.push({ emitter, why: span })
    else spans.push(span)
  }
}

/** Looks through one length-prefixed `Span`; a sentence when it must be refused. */
function scanSpan(
  reader: WireReader,
  emission: Emission,
  names: RecognisedNames,
  last: LastTrace,
): ScannedSpan | string {
  const position = reader.position
  const outer = reader.limit
  const limit = reader.end()
  reader.limit = limit
  let traceId = ''
  let hasSpanId = false
  let startAt = -1
  let endAt = -1
  let keys: FoundKey[] | undefined
  let linked: string[] | undefined
  while (reader.position < limit) {
    const tag = reader.tag()
    if (tag === SPAN.attribute) {
      const found = scanAttribute(reader, names)
      if (found !== undefined) keys = keys === undefined ? found : [...keys, ...found]
    } else if (tag === SPAN.traceId) {
      traceId = traceIdAt(reader, last)
    } else if (tag === SPAN.spanId) {
      hasSpanId = idAt(reader, SPAN_ID_BYTES) !== ''
    } else if (tag === SPAN.start) {
      startAt = reader.position
      reader.skip(tag)
    } else if (tag === SPAN.end) {
      endAt = reader.position
      reader.skip(tag)
    } else if (tag === SPAN.link) {
      const link = scanLink(reader)
      if (link !== '' && link !== traceId) linked = linked === undefined ? [link] : [...linked, link]
    } else {
      reader.skip(tag)
    }
  }
  reader.limit = outer
  if (traceId === '') return 'A span has no valid trace id.'
  if (!hasSpanId) return 'A span has no valid span id.'
  const end = laterTime(reader.bytes, startAt, endAt)
  if (end === 0n) return 'A span has neither start nor end.'
  return { emission, position, traceId, keys: keys ?? NO_KEYS, linked: linked ?? NO_LINKS, end: clampNanos(end) }
}

/** The later of two 64-bit times in the bytes, compared without making a bigint of both; -1 stands for no time. */
function laterTime(bytes: Buffer, startAt: number, endAt: number): bigint {
  if (startAt < 0 || endAt < 0) return startAt < 0 && endAt < 0 ? 0n : bytes.readBigUInt64LE(Math.max(startAt, endAt))
  const high = bytes.readUInt32LE(startAt + 4) - bytes.readUInt32LE(endAt + 4)
  const isStartLater = high === 0 ? bytes.readUInt32LE(startAt) > bytes.readUInt32LE(endAt) : high > 0
  return bytes.readBigUInt64LE(isStartLater ? startAt : endAt)
}

/** The id of the span before, since spans of one trace mostly come together. */
interface LastTrace {
  position: number
  id: string
}

function traceIdAt(reader: WireReader, last: LastTrace): string {
  const { bytes, position } = reader
  const length = bytes[position]
  if (last.id !== '' && length === TRACE_ID_BYTES && position + TRACE_ID_BYTES < reader.limit) {
    let same = 1
    while (same <= TRACE_ID_BYTES && bytes[position + same] === bytes[last.position + same]) same++
    if (same > TRACE_ID_BYTES) {
      reader.position = position + 1 + TRACE_ID_BYTES
      return last.id
    }
  }
  last.id = idAt(reader, TRACE_ID_BYTES)
  last.position = position
  return last.id
}

/** An id as hex; empty when it has the wrong length or is all zeros. */
function idAt(reader: WireReader, length: number): string {
  const end = reader.end()
  const start = reader.position
  reader.position = end
  if (end - start !== length) return ''
  const bytes = reader.bytes
  for (let at = start; at < end; at++) if (bytes[at] !== 0) return bytes.toString('hex', start, end)
  return ''
}

function scanLink(reader: WireReader): string {
  let traceId = ''
  readMessage(reader, (tag) => {
    if (tag !== LINK.traceId) return false
    traceId = idAt(reader, TRACE_ID_BYTES)
    return true
  })
  return traceId
}

/** Keys held by one length-prefixed `KeyValue`; most are told apart by the length of their name and stepped over. */
function scanAttribute(reader: WireReader, names: RecognisedNames): FoundKey[] | undefined {
  const end = reader.end()
  const start = reader.position
  const bytes = reader.bytes
  // Every encoder writes the key first, and no key that matters is longer than 127 bytes: one look decides.
  const length = bytes[start + 1] ?? 0
  if (bytes[start] === KEY_VALUE.key && length < 0x80 && start + 2 + length <= end) {
    if (match(bytes, start + 2, names.byLength[length]) === undefined) {
      reader.position = end
      return undefined
    }
  }
  const outer = reader.limit
  reader.limit = end
  let name = ''
  let value: AttributeValue | undefined
  while (reader.position < end) {
    const tag = reader.tag()
    if (tag === KEY_VALUE.key) name = reader.string()
    else if (tag === KEY_VALUE.value) value = readValue(reader)
    else reader.skip(tag)
  }
  reader.limit = outer
  const kind = names.kindOf(name)
  return kind === undefined || value === undefined ? undefined : keysOf(kind, value)
}

function match(
  bytes: Buffer,
  at: number,
  candidates: readonly RecognisedName[] | undefined,
): RecognisedName | undefined {
  return candidates?.find(
    (candidate) => bytes.compare(candidate.bytes, 0, candidate.bytes.length, at, at + candidate.bytes.length) === 0,
  )
}
