/** The two forms of OTLP over HTTP. */
export type OtlpForm = 'protobuf' | 'json'

export const CONTENT_TYPES: Readonly<Record<OtlpForm, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
}

/** The form a `Content-Type` header names; `undefined` for any other type. */
export function formOf(contentType: string | undefined): OtlpForm | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase()
  if (type === CONTENT_TYPES.protobuf) return 'protobuf'
  return type === CONTENT_TYPES.json ? 'json' : undefined
}

/** gRPC status codes (`google.rpc.Code`) as far as the receiver answers with them. */
export const RPC_CODES = {
  invalidArgument: 3,
  notFound: 5,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const
export type RpcCode = (typeof RPC_CODES)[keyof typeof RPC_CODES]

/** An `Export…ServiceResponse`; with `partialSuccess` when some spans were refused. */
export function exportResponse(form: OtlpForm, rejected: number, why: string | null): Buffer {
  if (form === 'json') {
    if (rejected === 0) return Buffer.from('{}')
    return Buffer.from(JSON.stringify({ partialSuccess: { rejectedSpans: String(rejected), errorMessage: why ?? '' } }))
  }
  if (rejected === 0) return Buffer.alloc(0)
  const partial = Buffer.concat([Buffer.from([0x08]), varint(rejected), textField(0x12, why ?? '')])
  return Buffer.concat([Buffer.from([0x0a]), varint(partial.length), partial])
}

/** A `google.rpc.Status`, the body of every refusal. */
export function rpcStatus(form: OtlpForm, code: RpcCode, message: string): Buffer {
  if (form === 'json') return Buffer.from(JSON.stringify({ code, message }))
  return Buffer.concat([Buffer.from([0x08]), varint(code), textField(0x12, message)])
}

function textField(tag: number, text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([tag]), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Buffer.from(bytes)
}
