import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { refusal, StorageError } from './storage-error.ts'

/** The one key pair the server knows. */
export interface Credentials {
  readonly accessKey: string
  readonly secretKey: string
}

/** What a verified request says about itself, and what its body's signatures are checked with. */
export interface SignedRequest {
  readonly amzDate: string
  readonly scope: string
  readonly signingKey: Buffer
  readonly signature: string
  /** `x-amz-content-sha256`: a hash in hex, `UNSIGNED-PAYLOAD`, or a streaming form. */
  readonly payloadHash: string
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256\s+Credential=([^/,\s]+)\/(\d{8})\/([^/,\s]+)\/s3\/aws4_request\s*,\s*SignedHeaders=([^,\s]+)\s*,\s*Signature=([0-9a-f]{64})$/
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/
const ALLOWED_SKEW_MS = 15 * 60_000

/**
 * Checks the `Authorization` header (AWS Signature Version 4) in constant time and gives what the body is checked with.
 * Every `x-amz-` header must be among the signed ones, or somebody on the way could add one.
 */
export function verifySignature(request: IncomingMessage, credentials: Credentials, nowMs: number): SignedRequest {
  const header = request.headers.authorization
  if (header === undefined) throw refusal.accessDenied('The request is not signed.')
  const [, accessKey = '', date = '', region = '', signedNames = '', signature = ''] = AUTHORIZATION.exec(header) ?? []
  if (signature === '')
    throw new StorageError(400, 'AuthorizationHeaderMalformed', 'The Authorization header cannot be read.')
  if (!equalText(accessKey, credentials.accessKey)) {
    throw new StorageError(403, 'InvalidAccessKeyId', 'The access key id you provided does not exist in our records.')
  }
  const amzDate = single(request, 'x-amz-date')
  const payloadHash = single(request, 'x-amz-content-sha256')
  checkDate(amzDate, date, nowMs)

  const names = signedNames.split(';')
  const unsigned = Object.keys(request.headers).find((name) => name.startsWith('x-amz-') && !names.includes(name))
  if (!names.includes('host') || unsigned !== undefined) {
    throw refusal.accessDenied(
      `There were headers present in the request which were not signed: ${unsigned ?? 'host'}.`,
    )
  }
  const scope = `${date}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', amzDate, scope, sha256Hex(canonicalRequest(request, names, payloadHash))].join('\n')
  const signingKey = [date, region, 's3', 'aws4_request'].reduce<Buffer>(
    (key, part) => hmac(key, part),
    Buffer.from(`AWS4${credentials.secretKey}`),
  )
  if (!equalText(hmac(signingKey, text).toString('hex'), signature)) throw refusal.signatureDoesNotMatch()
  return { amzDate, scope, signingKey, signature, payloadHash }
}

/** The signature of one chunk or of the trailers of a streamed body, which continues the chain from `previous`. */
export function chainedSignature(
  signed: SignedRequest,
  kind: 'PAYLOAD' | 'TRAILER',
  previous: string,
  hashHex: string,
): string {
  const hashes = kind === 'PAYLOAD' ? [sha256Hex(''), hashHex] : [hashHex]
  const text = [`AWS4-HMAC-SHA256-${kind}`, signed.amzDate, signed.scope, previous, ...hashes].join('\n')
  return hmac(signed.signingKey, text).toString('hex')
}

/** Compares in constant time; lengths may show. */
export function equalText(a: string, b: string): boolean {
  const left = Buffer.from(a)
  const right = Buffer.from(b)
  return left.length === right.length && timingSafeEqual(left, right)
}

function canonicalRequest(request: IncomingMessage, names: readonly string[], payloadHash: string): string {
  const [rawPath, rawQuery] = splitOnce(request.url ?? '/', '?')
  const path = rawPath
    .split('/')
    .map((segment) => encode(decode(segment)))
    .join('/')
  const query = rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name, value] = splitOnce(pair, '=')
      return [encode(decode(name)), encode(decode(value))] as const
    })
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&')
  const headers = names.map((name) => {
    const values = request.headersDistinct[name] ?? []
    return `${name}:${values.map((value) => value.trim().replace(/ +/g, ' ')).join(',')}\n`
  })
  return [request.method, path, query, headers.join(''), names.join(';'), payloadHash].join('\n')
}

function checkDate(amzDate: string, scopeDate: string, nowMs: number): void {
  const [, year, month, day, hour, minute, second] = (AMZ_DATE.exec(amzDate) ?? []).map(Number)
  if (year === undefined || month === undefined) throw refusal.accessDenied('x-amz-date cannot be read.')
  const at = Date.UTC(year, month - 1, day, hour, minute, second)
  if (Math.abs(at - nowMs) > ALLOWED_SKEW_MS) {
    throw new StorageError(403, 'RequestTimeTooSkewed', 'The time of the request is too far from the current time.')
  }
  if (!amzDate.startsWith(scopeDate)) throw refusal.accessDenied('The credential is of another day than x-amz-date.')
}

function single(request: IncomingMessage, name: string): string {
  const value = request.headers[name]
  if (typeof value !== 'string' || value === '') {
    throw refusal.invalidRequest(`Missing required header for this request: ${name}`)
  }
  return value
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new StorageError(400, 'InvalidURI', 'The address cannot be read.')
  }
}

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

function splitOnce(text: string, by: string): [string, string] {
  const at = text.indexOf(by)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()
const sha256Hex = (text: string): string => createHash('sha256').update(text).digest('hex')
