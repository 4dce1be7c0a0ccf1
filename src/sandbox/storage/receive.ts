import type { IncomingMessage } from 'node:http'
import { ALGORITHMS, type Algorithm, asAlgorithm, checksumHeader, startChecksum } from './checksum.ts'
import type { ObjectStore, Segment } from './object-store.ts'
import { openPayload } from './payload.ts'
import { equalText, type SignedRequest } from './signature.ts'
import { refusal, StorageError } from './storage-error.ts'

/** A body that was stored and passed every check the client asked for. */
export interface Received {
  readonly segment: Segment
  readonly md5: Buffer
  /** The checksum the client sent, which was right. */
  readonly checksum: { readonly algorithm: Algorithm; readonly digest: Buffer } | null
}

/**
 * Stores a request's body as it arrives, in constant memory, and checks its length, its signatures, `Content-MD5` and
 * the `x-amz-checksum-…` of its headers or trailers. Whatever is wrong, nothing of it is kept.
 */
export async function receiveBody(
  request: IncomingMessage,
  body: AsyncIterable<Buffer>,
  signed: SignedRequest,
  store: ObjectStore,
): Promise<Received> {
  const announced = announcedBytes(request)
  const algorithm = announcedAlgorithm(request)
  const running = algorithm === undefined ? undefined : startChecksum(algorithm)
  const md5Running = startChecksum('MD5')
  const payload = openPayload(body, signed)
  let received = 0
  let md5 = Buffer.alloc(0)
  let digest = Buffer.alloc(0)

  const segment = await store.write(
    announced,
    payload.bytes,
    (chunk) => {
      received += chunk.length
      md5Running.update(chunk)
      running?.update(chunk)
    },
    () => {
      if (received !== announced) throw refusal.incompleteBody()
      md5 = Buffer.from(md5Running.digest())
      const wantedMd5 = request.headers['content-md5']
      if (typeof wantedMd5 === 'string' && !equalText(wantedMd5, md5.toString('base64')))
        throw refusal.badDigest('Content-MD5')
      if (running === undefined || algorithm === undefined) return
      digest = Buffer.from(running.digest())
      const name = checksumHeader(algorithm)
      const wanted = request.headers[name] ?? payload.trailers.get(name)
      if (wanted === undefined) throw refusal.invalidRequest(`The announced trailer ${name} did not come.`)
      if (!equalText(String(wanted), digest.toString('base64'))) throw refusal.badDigest(`${algorithm} checksum`)
    },
  )
  return { segment, md5, checksum: algorithm === undefined ? null : { algorithm, digest } }
}

function announcedBytes(request: IncomingMessage): number {
  const text = request.headers['x-amz-decoded-content-length'] ?? request.headers['content-length']
  if (text === undefined)
    throw new StorageError(411, 'MissingContentLength', 'You must provide the Content-Length header.')
  const bytes = Number(text)
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw refusal.invalidArgument('The length of the body is no number.')
  return bytes
}

/** By which algorithm the client vouches for its body: the header it sends, or the trailer it announces. */
function announcedAlgorithm(request: IncomingMessage): Algorithm | undefined {
  const inHeader = ALGORITHMS.find((algorithm) => request.headers[checksumHeader(algorithm)] !== undefined)
  if (inHeader !== undefined) return inHeader
  const trailer = request.headers['x-amz-trailer']
  if (trailer === undefined) return undefined
  const algorithm = asAlgorithm(/^x-amz-checksum-(\w+)$/i.exec(String(trailer).trim())?.[1])
  if (algorithm === undefined) throw refusal.notImplemented(`The trailer ${String(trailer)}`)
  return algorithm
}
