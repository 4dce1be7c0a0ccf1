import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { checksumHeader } from './checksum.ts'
import { type Context, sendEmpty } from './context.ts'
import type { KeptChecksum, StoredObject } from './object-store.ts'
import { receiveBody } from './receive.ts'
import { refusal, StorageError } from './storage-error.ts'

const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const
/** Headers that begin so are kept with the object. */
export const METADATA_PREFIX = 'x-amz-meta-'
const METADATA_LIMIT_BYTES = 2048

/** What a client says about an object beside its bytes. */
export function describeObject(headers: IncomingHttpHeaders): Pick<StoredObject, 'headers' | 'metadata'> {
  const kept = KEPT_HEADERS.flatMap((name): [string, string][] => {
    const value = headers[name]
    // `aws-chunked` is how the body travelled, not what the object is.
    const text =
      name === 'content-encoding'
        ? value
            ?.split(',')
            .map((part) => part.trim())
            .filter((part) => part !== 'aws-chunked')
            .join(',')
        : value
    return text === undefined || text === '' ? [] : [[name, text]]
  })
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith(METADATA_PREFIX))
    .map(([name, value]) => [name.slice(METADATA_PREFIX.length), String(value)] as const)
  if (Buffer.byteLength(metadata.flat().join('')) > METADATA_LIMIT_BYTES) {
    throw new StorageError(400, 'MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size.')
  }
  return {
    headers: { 'content-type': 'binary/octet-stream', ...Object.fromEntries(kept) },
    metadata: Object.fromEntries(metadata),
  }
}

/** `PUT /bucket/key` */
export async function putObject(context: Context): Promise<void> {
  const { request, store, bucket, key } = context
  if (request.headers['x-amz-copy-source'] !== undefined) throw refusal.notImplemented('CopyObject')
  const before = store.find(bucket, key)
  const onlyIfNew = request.headers['if-none-match'] === '*'
  if (onlyIfNew && before !== undefined) throw preconditionFailed()
  const described = describeObject(request.headers)
  const { segment, md5, checksum } = await receiveBody(request, context.body(), context.signed, store)
  if (onlyIfNew && store.find(bucket, key) !== undefined) {
    await store.discard([segment])
    throw preconditionFailed()
  }
  const kept: KeptChecksum | null =
    checksum === null
      ? null
      : { algorithm: checksum.algorithm, value: checksum.digest.toString('base64'), type: 'FULL_OBJECT' }
  const etag = md5.toString('hex')
  try {
    await store.commit(bucket, {
      ...described,
      key,
      size: segment.size,
      etag,
      lastModifiedMs: context.nowMs(),
      checksum: kept,
      segments: [segment],
    })
  } catch (error) {
    await store.discard([segment])
    throw error
  }
  sendEmpty(context, 200, { etag: `"${etag}"`, ...checksumHeaders(kept) })
}

/** `GET` and `HEAD /bucket/key`, whole or one range of it. */
export async function getObject(context: Context): Promise<void> {
  const { request, response, store } = context
  const object = store.find(context.bucket, context.key)
  if (object === undefined) throw refusal.noSuchKey()
  const etag = `"${object.etag}"`
  const ifMatch = request.headers['if-match']
  if (ifMatch !== undefined && ifMatch !== '*' && ifMatch !== etag && ifMatch !== object.etag)
    throw preconditionFailed()
  const ifNoneMatch = request.headers['if-none-match']
  if (ifNoneMatch === '*' || ifNoneMatch === etag || ifNoneMatch === object.etag)
    return sendEmpty(context, 304, { etag })

  const range = requestedRange(request, object.size)
  const { start, end } = range ?? { start: 0, end: object.size }
  const wantsChecksum = request.headers['x-amz-checksum-mode'] === 'ENABLED' && range === undefined
  response.writeHead(range === undefined ? 200 : 206, {
    ...object.headers,
    ...Object.fromEntries(Object.entries(object.metadata).map(([name, value]) => [METADATA_PREFIX + name, value])),
    ...(wantsChecksum ? checksumHeaders(object.checksum) : {}),
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${object.size}` }),
    'accept-ranges': 'bytes',
    'content-length': String(end - start),
    'last-modified': new Date(object.lastModifiedMs).toUTCString(),
    etag,
  })
  if (request.method === 'HEAD') response.end()
  else await pipeline(store.read(object.segments, start, end), response)
}

/** `DELETE /bucket/key` */
export async function deleteObject(context: Context): Promise<void> {
  await context.store.remove(context.bucket, context.key)
  sendEmpty(context, 204)
}

/** The headers that tell a kept checksum. */
const checksumHeaders = (checksum: KeptChecksum | null): Record<string, string> =>
  checksum === null
    ? {}
    : { [checksumHeader(checksum.algorithm)]: checksum.value, 'x-amz-checksum-type': checksum.type }

const preconditionFailed = () =>
  new StorageError(412, 'PreconditionFailed', 'At least one of the preconditions you specified did not hold.')

/** One range of bytes, end excluded; several ranges and other units are ignored, as HTTP allows. */
function requestedRange(request: IncomingMessage, size: number): { start: number; end: number } | undefined {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '') ?? []
  if (first === undefined || last === undefined || first + last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1)
  if (start >= end) throw new StorageError(416, 'InvalidRange', 'The requested range is not satisfiable.')
  return { start, end }
}
