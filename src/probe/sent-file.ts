import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { UnixNanos } from '../shared/units.ts'
import { factHead, type Session } from './session.ts'

/** What tells a file from another; its content never leaves the probe. */
export interface FileDigest {
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
  /** Of the first 64 bytes, or of all where there are fewer. */
  readonly headSha256: string
}

const HEAD_BYTES = 64

/** Feeds a file piece by piece, whatever its size. */
export function startDigest(): { update(piece: Uint8Array): void; end(): FileDigest } {
  const all = createHash('sha256')
  const head = createHash('sha256')
  let bytes = 0
  return {
    update: (piece) => {
      if (bytes < HEAD_BYTES) head.update(piece.subarray(0, HEAD_BYTES - bytes))
      all.update(piece)
      bytes += piece.length
    },
    end: () => ({ bytes, sha256: all.digest('hex'), headSha256: head.digest('hex') }),
  }
}

/** Reads a file through, in constant memory. */
export async function digestOf(file: string): Promise<FileDigest> {
  const digest = startDigest()
  for await (const piece of createReadStream(file)) digest.update(piece as Buffer)
  return digest.end()
}

/** Tells what is sent as the order's file, and under which content type. */
export function tellFile(session: Session, file: FileDigest, type: string, sentAt: UnixNanos): void {
  const { bytes, sha256, headSha256 } = file
  const head = factHead(session, `file/${session.grant.key}/${sentAt}`, sentAt, null)
  session.facts.tell({ ...head, kind: 'file-sent', bytes, sha256, headSha256, type })
}
