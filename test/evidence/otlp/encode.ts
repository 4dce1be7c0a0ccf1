/** A span as a test writes it; whatever is left out gets a harmless value. */
export interface SpanInput {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name?: string
  readonly kind?: number
  readonly start?: bigint
  readonly end?: bigint
  readonly attributes?: readonly (readonly [string, AnyInput])[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly events?: readonly { readonly name: string; readonly attributes: readonly (readonly [string, AnyInput])[] }[]
  readonly status?: { readonly code: number; readonly message: string }
  readonly flags?: number
}

type AnyInput =
  | string
  | number
  | boolean
  | bigint
  | readonly AnyInput[]
  | { readonly kvlist: readonly (readonly [string, AnyInput])[] }

/** The spans of one resource. */
export interface ResourceInput {
  readonly resource: readonly (readonly [string, AnyInput])[]
  readonly scope?: string
  readonly spans: readonly SpanInput[]
}

export const START = 1_800_000_000_000_000_000n

/** Ids from a number, so that a test can name its spans 1, 2, 3. */
export const traceId = (n: number): string => n.toString(16).padStart(32, '0')
export const spanId = (n: number): string => n.toString(16).padStart(16, '0')

export function service(name: string, spans: readonly SpanInput[], instance = '1'): ResourceInput {
  return {
    resource: [
      ['service.name', name],
      ['service.instance.id', instance],
    ],
    scope: 'test',
    spans,
  }
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

const tag = (field: number, wire: number): Buffer => varint(BigInt(field * 8 + wire))
export const bytesField = (field: number, bytes: Buffer): Buffer =>
  Buffer.concat([tag(field, 2), varint(BigInt(bytes.length)), bytes])
const text = (field: number, value: string): Buffer => bytesField(field, Buffer.from(value))
const number = (field: number, value: bigint): Buffer => Buffer.concat([tag(field, 0), varint(value)])
const hex = (field: number, value: string): Buffer => bytesField(field, Buffer.from(value, 'hex'))

function fixed64(field: number, value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return Buffer.concat([tag(field, 1), bytes])
}

function double(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return Buffer.concat([tag(field, 1), bytes])
}

function fixed32(field: number, value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return Buffer.concat([tag(field, 5), bytes])
}

function any(value: AnyInput): Buffer {
  if (typeof value === 'string') return text(1, value)
  if (typeof value === 'boolean') return number(2, value ? 1n : 0n)
  if (typeof value === 'bigint') return number(3, value)
  if (typeof value === 'number') return Number.isInteger(value) ? number(3, BigInt(value)) : double(4, value)
  if ('kvlist' in value) return bytesField(6, Buffer.concat(value.kvlist.map((pair) => bytesField(1, keyValue(pair)))))
  return bytesField(5, Buffer.concat(value.map((element) => bytesField(1, any(element)))))
}

const keyValue = ([key, value]: readonly [string, AnyInput]): Buffer =>
  Buffer.concat([text(1, key), bytesField(2, any(value))])

/** One `Span` message, without tag and length. */
export function spanBytes(span: SpanInput): Buffer {
  const start = span.start ?? START
  return Buffer.concat([
    hex(1, span.traceId),
    hex(2, span.spanId),
    ...(span.parentSpanId === undefined ? [] : [hex(4, span.parentSpanId)]),
    text(5, span.name ?? 'span'),
    number(6, BigInt(span.kind ?? 1)),
    fixed64(7, start),
    fixed64(8, span.end ?? start + 1_000_000n),
    ...(span.attributes ?? []).map((pair) => bytesField(9, keyValue(pair))),
    ...(span.events ?? []).map(({ name, attributes }) =>
      bytesField(
        11,
        Buffer.concat([fixed64(1, start), text(2, name), ...attributes.map((pair) => bytesField(3, keyValue(pair)))]),
      ),
    ),
    ...(span.links ?? []).map((link) => bytesField(13, Buffer.concat([hex(1, link.traceId), hex(2, link.spanId)]))),
    ...(span.status === undefined
      ? []
      : [bytesField(15, Buffer.concat([text(2, span.status.message), number(3, BigInt(span.status.code))]))]),
    ...(span.flags === undefined ? [] : [fixed32(16, span.flags)]),
  ])
}

/** An `ExportTraceServiceRequest` in protobuf. */
export function protobufRequest(resources: readonly ResourceInput[]): Buffer {
  return Buffer.concat(
    resources.map(({ resource, scope, spans }) =>
      bytesField(
        1,
        Buffer.concat([
          bytesField(1, Buffer.concat(resource.map((pair) => bytesField(1, keyValue(pair))))),
          bytesField(
            2,
            Buffer.concat([
              bytesField(1, text(1, scope ?? '')),
              ...spans.map((span) => bytesField(2, spanBytes(span))),
            ]),
          ),
        ]),
      ),
    ),
  )
}

function jsonAny(value: AnyInput): unknown {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'bigint') return { intValue: String(value) }
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if ('kvlist' in value) return { kvlistValue: { values: value.kvlist.map(jsonPair) } }
  return { arrayValue: { values: value.map(jsonAny) } }
}

const jsonPair = ([key, value]: readonly [string, AnyInput]) => ({ key, value: jsonAny(value) })

/** The same request in JSON. */
export function jsonRequest(resources: readonly ResourceInput[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      resourceSpans: resources.map(({ resource, scope, spans }) => ({
        resource: { attributes: resource.map(jsonPair) },
        scopeSpans: [{ scope: { name: scope ?? '' }, spans: spans.map(jsonSpan) }],
      })),
    }),
  )
}

function jsonSpan(span: SpanInput) {
  const start = span.start ?? START
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === undefined ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name ?? 'span',
    kind: span.kind ?? 1,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(span.end ?? start + 1_000_000n),
    attributes: (span.attributes ?? []).map(jsonPair),
    events: (span.events ?? []).map(({ name, attributes }) => ({
      name,
      timeUnixNano: String(start),
      attributes: attributes.map(jsonPair),
    })),
    links: span.links ?? [],
    status: span.status ?? {},
    flags: span.flags ?? 0,
  }
}
