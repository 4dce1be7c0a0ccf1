import { createHash } from 'node:crypto'
import { chainedSignature, equalText, type SignedRequest } from './signature.ts'
import { refusal } from './storage-error.ts'

/** The bytes of a request's body as the client meant them, and the trailers that came after. */
export interface Payload {
  readonly bytes: AsyncIterable<Buffer>
  /** Complete once `bytes` has ended. */
  readonly trailers: ReadonlyMap<string, string>
}

const HEX_HASH = /^[0-9a-f]{64}$/
const STREAMING = new Set([
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
  'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
  'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
])
/** The least any chunk but the last may hold. */
const LEAST_CHUNK_BYTES = 8192
const LINE_LIMIT_BYTES = 4096
const TRAILER_LIMIT = 16

/** Takes the wrapping off a body as its `x-amz-content-sha256` says, and checks every signature in it as it passes by. */
export function openPayload(source: AsyncIterable<Buffer>, signed: SignedRequest): Payload {
  const trailers = new Map<string, string>()
  if (STREAMING.has(signed.payloadHash)) return { bytes: unwrapChunks(source, signed, trailers), trailers }
  if (signed.payloadHash === 'UNSIGNED-PAYLOAD') return { bytes: source, trailers }
  if (!HEX_HASH.test(signed.payloadHash)) {
    throw refusal.invalidArgument('x-amz-content-sha256 is none of the forms this server knows.')
  }
  return { bytes: checkHash(source, signed.payloadHash), trailers }
}

async function* checkHash(source: AsyncIterable<Buffer>, expectedHex: string): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of source) {
    hash.update(chunk)
    yield chunk
  }
  if (!equalText(hash.digest('hex'), expectedHex)) throw refusal.badDigest('x-amz-content-sha256')
}

/**
 * The `aws-chunked` form: `size[;chunk-signature=…]CRLF data CRLF …`, a chunk of size 0, then trailers and an empty line.
 * A chunk's data is passed on before its signature can be known; a wrong one fails the whole body, of which nothing is kept then.
 */
async function* unwrapChunks(
  source: AsyncIterable<Buffer>,
  signed: SignedRequest,
  trailers: Map<string, string>,
): AsyncGenerator<Buffer> {
  const reader = createReader(source)
  const isSigned = signed.payloadHash.startsWith('STREAMING-AWS4')
  let previous = signed.signature
  let bytesBefore = LEAST_CHUNK_BYTES
  for (let number = 1; ; number++) {
    const [, sizeHex, signature = ''] =
      /^([0-9a-f]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/i.exec(await reader.line()) ?? []
    if (sizeHex === undefined || (isSigned && signature === ''))
      throw refusal.invalidRequest('A chunk of the body has no valid head.')
    const size = Number.parseInt(sizeHex, 16)
    // Only the chunk that follows shows that a small one was not the last.
    if (size > 0 && bytesBefore < LEAST_CHUNK_BYTES) throw refusal.invalidChunkSize(number, bytesBefore)
    bytesBefore = size
    const hash = createHash('sha256')
    for await (const piece of reader.take(size)) {
      if (isSigned) hash.update(piece)
      yield piece
    }
    if (isSigned) {
      if (!equalText(chainedSignature(signed, 'PAYLOAD', previous, hash.digest('hex')), signature)) {
        throw refusal.signatureDoesNotMatch()
      }
      previous = signature
    }
    if (size === 0) break
    if ((await reader.line()) !== '') throw refusal.incompleteBody()
  }
  await readTrailers(reader, trailers)
  if (isSigned && signed.payloadHash.endsWith('-TRAILER')) checkTrailers(signed, previous, trailers)
}

async function readTrailers(reader: Reader, trailers: Map<string, string>): Promise<void> {
  for (let line = await reader.lastLine(); line !== ''; line = await reader.lastLine()) {
    const at = line.indexOf(':')
    if (at <= 0 || trailers.size >= TRAILER_LIMIT)
      throw refusal.invalidRequest('The trailers of the body cannot be read.')
    trailers.set(line.slice(0, at).trim().toLowerCase(), line.slice(at + 1).trim())
  }
}

function checkTrailers(signed: SignedRequest, previous: string, trailers: ReadonlyMap<string, string>): void {
  const signature = trailers.get('x-amz-trailer-signature') ?? ''
  const text = [...trailers]
    .filter(([name]) => name !== 'x-amz-trailer-signature')
    .map(([name, value]) => `${name}:${value}\n`)
  const hash = createHash('sha256').update(text.join('')).digest('hex')
  if (!equalText(chainedSignature(signed, 'TRAILER', previous, hash), signature)) throw refusal.signatureDoesNotMatch()
}

interface Reader {
  /** The text up to the next CRLF. */
  line(): Promise<string>
  /** As `line`, but the end of the body counts as an empty line. */
  lastLine(): Promise<string>
  /** The next `size` bytes in pieces, none kept. */
  take(size: number): AsyncIterable<Buffer>
}

function createReader(source: AsyncIterable<Buffer>): Reader {
  const iterator = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  const more = async (): Promise<boolean> => {
    const next = await iterator.next()
    if (next.done === true) return false
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value])
    return true
  }
  const line = async (endIsEmpty: boolean): Promise<string> => {
    for (let at = rest.indexOf('\r\n'); ; at = rest.indexOf('\r\n')) {
      if (at >= 0) {
        const text = rest.subarray(0, at).toString('latin1')
        rest = rest.subarray(at + 2)
        return text
      }
      if (rest.length > LINE_LIMIT_BYTES)
        throw refusal.invalidRequest('A line between the chunks of the body is too long.')
      if (!(await more())) {
        if (endIsEmpty && rest.length === 0) return ''
        throw refusal.incompleteBody()
      }
    }
  }
  async function* take(size: number): AsyncGenerator<Buffer> {
    for (let left = size; left > 0; ) {
      if (rest.length === 0 && !(await more())) throw refusal.incompleteBody()
      const piece = rest.subarray(0, left)
      rest = rest.subarray(piece.length)
      left -= piece.length
      if (piece.length > 0) yield piece
    }
  }
  return { line: () => line(false), lastLine: () => line(true), take }
}
