import { createHash } from 'node:crypto'
import type { BucketClient, ObjectHead } from './bucket-client.ts'

/** What tells a file from another: digests in lower-case hex; the content itself is never kept. */
export interface Fingerprint {
  readonly sha256: string
  /** Of the first 64 bytes, or of all where there are fewer. */
  readonly headSha256: string
}

/** The object ended before the length its server tells of it. */
class EndedEarly extends Error {
  readonly code = 'ERR_STREAM_PREMATURE_CLOSE'
}

const HEAD_BYTES = 64
const PIECE_BYTES = 8 * 1024 * 1024

/**
 * Reads an object in ranges of 8 MiB and hashes it as it comes, so that memory stays the same whatever its size. Where the server keeps a SHA-256 of
 * the whole, only the first 64 bytes are read. `signalFor` gives each range its own limit of time.
 */
export async function fingerprintOf(
  client: BucketClient,
  bucket: string,
  key: string,
  { bytes, etag, sha256 }: ObjectHead,
  signalFor: () => AbortSignal,
): Promise<Fingerprint> {
  const all = createHash('sha256')
  const first = createHash('sha256')
  const wanted = sha256 === null ? bytes : Math.min(bytes, HEAD_BYTES)
  for (let start = 0; start < wanted; ) {
    const end = Math.min(wanted, start + PIECE_BYTES)
    const signal = signalFor()
    let at = start
    try {
      for await (const piece of await client.read(bucket, { key, etag, start, end }, signal)) {
        if (at < HEAD_BYTES) first.update(piece.subarray(0, HEAD_BYTES - at))
        all.update(piece)
        at += piece.length
      }
    } catch (error) {
      // Our own giving up looks like a cut connection, and is none.
      signal.throwIfAborted()
      throw error
    }
    if (at < end) throw new EndedEarly(`ended after ${at} of ${bytes} bytes`)
    start = at
  }
  return { sha256: sha256 ?? all.digest('hex'), headSha256: first.digest('hex') }
}
