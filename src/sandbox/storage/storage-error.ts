import type { XmlNode } from './xml.ts'

/** A refusal in the words of S3: what the client's SDK turns into an exception of that name. */
export class StorageError extends Error {
  readonly status: number
  readonly code: string
  /** What the answer tells beside the sentence, in elements of its own. */
  readonly details: readonly XmlNode[]

  constructor(status: number, code: string, message: string, details: readonly XmlNode[] = []) {
    super(message)
    this.name = 'StorageError'
    this.status = status
    this.code = code
    this.details = details
  }
}

/** The refusals several places speak of. */
export const refusal = {
  accessDenied: (why: string) => new StorageError(403, 'AccessDenied', why),
  badDigest: (what: string) =>
    new StorageError(400, 'BadDigest', `The ${what} you specified did not match what we received.`),
  incompleteBody: () =>
    new StorageError(400, 'IncompleteBody', 'The body ended before the number of bytes its Content-Length announced.'),
  invalidArgument: (why: string) => new StorageError(400, 'InvalidArgument', why),
  invalidChunkSize: (chunk: number, badSize: number) =>
    new StorageError(
      403,
      'InvalidChunkSizeError',
      'Only the last chunk is allowed to have a size less than 8192 bytes',
      [
        ['Chunk', chunk],
        ['BadChunkSize', badSize],
      ],
    ),
  invalidRequest: (why: string) => new StorageError(400, 'InvalidRequest', why),
  noSuchBucket: () => new StorageError(404, 'NoSuchBucket', 'The specified bucket does not exist.'),
  noSuchKey: () => new StorageError(404, 'NoSuchKey', 'The specified key does not exist.'),
  noSuchUpload: () =>
    new StorageError(
      404,
      'NoSuchUpload',
      'The specified multipart upload does not exist; it may have been completed or aborted.',
    ),
  notImplemented: (what: string) => new StorageError(501, 'NotImplemented', `${what} is not implemented.`),
  signatureDoesNotMatch: () =>
    new StorageError(
      403,
      'SignatureDoesNotMatch',
      'The signature we calculated does not match the one you provided. Check your secret key.',
    ),
  tooLarge: (limitBytes: number) =>
    new StorageError(400, 'EntityTooLarge', `Your upload exceeds the limit of ${limitBytes} bytes.`),
  full: () => new StorageError(507, 'InsufficientStorage', 'There is no space left to store the object.'),
} as const

const FULL_DISK = new Set(['ENOSPC', 'EDQUOT'])

/** Makes a refusal of anything thrown: a full disk is said as such, the unexpected is an `InternalError` without its details. */
export function asStorageError(thrown: unknown): StorageError {
  if (thrown instanceof StorageError) return thrown
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : ''
  if (FULL_DISK.has(code)) return refusal.full()
  if (code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE') return refusal.incompleteBody()
  return new StorageError(500, 'InternalError', 'We encountered an internal error. Please try again.')
}
