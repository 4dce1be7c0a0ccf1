import { readFileSync } from 'node:fs'

/** A span as this reader sees it: enough to say what is in a capture, by a decoder that shares nothing with the product's. */
export interface CapturedSpan {
  readonly service: string
  readonly resource: Readonly<Record<string, unknown>>
  readonly scope: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer'
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, unknown>>
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[]
  readonly events: readonly string[]
  readonly error: boolean
}

type Fields = ReadonlyMap<number, readonly (Buffer | bigint)[]>

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const
const NANOS_PER_MS = 1e6

/** The fields of one protobuf message by number; nested messages and strings stay bytes. */
function fieldsOf(message: Buffer): Fields {
  const fields = new Map<number, (Buffer | bigint)[]>()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = message.readUInt8(at++)
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
  }
  const take = (bytes: number): Buffer => {
    at += bytes
    return message.subarray(at - bytes, at)
  }
  while (at < message.length) {
    const tag = Number(varint())
    const wire = tag & 7
    const value = wire === 0 ? varint() : take(wire === 1 ? 8 : wire === 5 ? 4 : Number(varint()))
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value])
  }
  return fields
}

const all = (fields: Fields, number: number): Buffer[] =>
  (fields.get(number) ?? []).filter((value) => Buffer.isBuffer(value))
const bytes = (fields: Fields, number: number): Buffer => all(fields, number)[0] ?? Buffer.alloc(0)
const text = (fields: Fields, number: number): string => bytes(fields, number).toString()
const integer = (fields: Fields, number: number): number => Number(fields.get(number)?.[0] ?? 0)
const time = (fields: Fields, number: number): number => Number(bytes(fields, number).readBigUInt64LE()) / NANOS_PER_MS

function contentOf(value: Fields): unknown {
  if (value.has(1)) return text(value, 1)
  if (value.has(2)) return integer(value, 2) === 1
  if (value.has(3)) return integer(value, 3)
  if (value.has(4)) return bytes(value, 4).readDoubleLE()
  return all(fieldsOf(bytes(value, 5)), 1).map((item) => contentOf(fieldsOf(item)))
}

const attributesOf = (pairs: readonly Buffer[]): Record<string, unknown> =>
  Object.fromEntries(pairs.map(fieldsOf).map((pair) => [text(pair, 1), contentOf(fieldsOf(bytes(pair, 2)))]))

function spanOf(span: Fields, scope: string, resource: Record<string, unknown>): CapturedSpan {
  return {
    service: String(resource['service.name']),
    resource,
    scope,
    traceId: bytes(span, 1).toString('hex'),
    spanId: bytes(span, 2).toString('hex'),
    parentSpanId: bytes(span, 4).toString('hex'),
    name: text(span, 5),
    kind: KINDS[integer(span, 6)] ?? 'internal',
    startMs: time(span, 7),
    endMs: time(span, 8),
    attributes: attributesOf(all(span, 9)),
    events: all(span, 11).map((event) => text(fieldsOf(event), 2)),
    links: all(span, 13)
      .map(fieldsOf)
      .map((link) => ({ traceId: bytes(link, 1).toString('hex'), spanId: bytes(link, 2).toString('hex') })),
    error: integer(fieldsOf(bytes(span, 15)), 3) === 2,
  }
}

/** All spans of a capture file, in order of arrival. */
export function readCapture(file: URL): CapturedSpan[] {
  const requests = readFileSync(file, 'utf8').trimEnd().split('\n')
  return requests.flatMap((line) => {
    const request = fieldsOf(Buffer.from((JSON.parse(line) as { body: string }).body, 'base64'))
    return all(request, 1)
      .map(fieldsOf)
      .flatMap((ofResource) => {
        const resource = attributesOf(all(fieldsOf(bytes(ofResource, 1)), 1))
        return all(ofResource, 2)
          .map(fieldsOf)
          .flatMap((ofScope) =>
            all(ofScope, 2).map((span) => spanOf(fieldsOf(span), text(fieldsOf(bytes(ofScope, 1)), 1), resource)),
          )
      })
  })
}
