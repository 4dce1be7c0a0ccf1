import { randomBytes } from 'node:crypto'
import type { Algorithm } from './checksum.ts'
import type { Segment } from './object-store.ts'
import { refusal } from './storage-error.ts'

/** One stored part of a multipart upload. */
export interface Part {
  readonly number: number
  readonly segment: Segment
  readonly md5: Buffer
  readonly checksum: { readonly algorithm: Algorithm; readonly digest: Buffer } | null
  readonly storedMs: number
}

/** A multipart upload that is neither completed nor aborted. */
export interface Upload {
  readonly id: string
  readonly bucket: string
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly metadata: Readonly<Record<string, string>>
  readonly algorithm: Algorithm | null
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE'
  readonly parts: Map<number, Part>
}

/** The uploads under way. They live in memory: a restart of the server forgets them, and the client is told `NoSuchUpload`. */
export interface Uploads {
  start(upload: Omit<Upload, 'id' | 'parts'>): Upload
  find(id: string, bucket: string, key: string): Upload
  /** Whether nobody has completed or aborted it meanwhile. */
  isOpen(upload: Upload): boolean
  /** Takes the upload out, so that of two who complete or abort it only one does. */
  take(id: string, bucket: string, key: string): Upload
  putBack(upload: Upload): void
}

const MAX_UPLOADS = 1000

/** An empty set of uploads. */
export function createUploads(): Uploads {
  const uploads = new Map<string, Upload>()
  const find = (id: string, bucket: string, key: string): Upload => {
    const upload = uploads.get(id)
    if (upload === undefined || upload.bucket !== bucket || upload.key !== key) throw refusal.noSuchUpload()
    return upload
  }
  return {
    start: (described) => {
      if (uploads.size >= MAX_UPLOADS) throw refusal.invalidRequest(`More than ${MAX_UPLOADS} uploads are under way.`)
      const upload = { ...described, id: randomBytes(24).toString('base64url'), parts: new Map<number, Part>() }
      uploads.set(upload.id, upload)
      return upload
    },
    find,
    isOpen: (upload) => uploads.has(upload.id),
    take: (id, bucket, key) => {
      const upload = find(id, bucket, key)
      uploads.delete(id)
      return upload
    },
    putBack: (upload) => void uploads.set(upload.id, upload),
  }
}
