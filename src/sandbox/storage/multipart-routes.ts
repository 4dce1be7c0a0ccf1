import { asAlgorithm, checksumHeader, type RunningChecksum, startChecksum } from './checksum.ts'
import { type Context, readXml, sendEmpty, sendXml } from './context.ts'
import { describeObject } from './object-routes.ts'
import type { KeptChecksum } from './object-store.ts'
import { openPayload } from './payload.ts'
import { receiveBody } from './receive.ts'
import { refusal, StorageError } from './storage-error.ts'
import type { Part, Upload } from './uploads.ts'
import { contentsOf, textOf, type XmlNode } from './xml.ts'

const MIN_PART_BYTES = 5 * 1024 * 1024
const MAX_PART_NUMBER = 10_000

/** `POST /bucket/key?uploads` */
export async function startUpload(context: Context): Promise<void> {
  const { request, bucket, key } = context
  // Refuses a bucket that does not exist.
  context.store.find(bucket, key)
  const named = request.headers['x-amz-checksum-algorithm']
  const algorithm = asAlgorithm(named?.toString())
  if (named !== undefined && algorithm === undefined) throw refusal.notImplemented(`The checksum ${String(named)}`)
  const upload = context.uploads.start({
    ...describeObject(request.headers),
    bucket,
    key,
    algorithm: algorithm ?? null,
    checksumType: request.headers['x-amz-checksum-type'] === 'FULL_OBJECT' ? 'FULL_OBJECT' : 'COMPOSITE',
  })
  sendXml(context, 'InitiateMultipartUploadResult', [
    ['Bucket', bucket],
    ['Key', key],
    ['UploadId', upload.id],
  ])
}

/** `PUT /bucket/key?partNumber=…&uploadId=…` */
export async function putPart(context: Context): Promise<void> {
  const upload = uploadOf(context)
  const number = Number(context.query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > MAX_PART_NUMBER) {
    throw refusal.invalidArgument(`Part number must be an integer between 1 and ${MAX_PART_NUMBER}.`)
  }
  const { segment, md5, checksum } = await receiveBody(context.request, context.body(), context.signed, context.store)
  if (!context.uploads.isOpen(upload)) {
    await context.store.discard([segment])
    throw refusal.noSuchUpload()
  }
  const before = upload.parts.get(number)
  upload.parts.set(number, { number, segment, md5, checksum, storedMs: context.nowMs() })
  if (before !== undefined) await context.store.discard([before.segment])
  sendEmpty(context, 200, {
    etag: `"${md5.toString('hex')}"`,
    ...(checksum === null ? {} : { [checksumHeader(checksum.algorithm)]: checksum.digest.toString('base64') }),
  })
}

/** `GET /bucket/key?uploadId=…` */
export async function listParts(context: Context): Promise<void> {
  const upload = uploadOf(context)
  const parts = [...upload.parts.values()].sort((a, b) => a.number - b.number)
  sendXml(context, 'ListPartsResult', [
    ['Bucket', upload.bucket],
    ['Key', upload.key],
    ['UploadId', upload.id],
    ['IsTruncated', false],
    ...parts.map(
      (part): XmlNode => [
        'Part',
        [
          ['PartNumber', part.number],
          ['LastModified', new Date(part.storedMs).toISOString()],
          ['ETag', `"${part.md5.toString('hex')}"`],
          ['Size', part.segment.size],
        ],
      ],
    ),
  ])
}

/** `DELETE /bucket/key?uploadId=…` */
export async function abortUpload(context: Context): Promise<void> {
  const upload = context.uploads.take(context.query.get('uploadId') ?? '', context.bucket, context.key)
  await context.store.discard([...upload.parts.values()].map((part) => part.segment))
  sendEmpty(context, 204)
}

/** `POST /bucket/key?uploadId=…`: the parts become one object without being copied. */
export async function completeUpload(context: Context): Promise<void> {
  const { bucket, key, store, uploads } = context
  const xml = await readXml(openPayload(context.body(), context.signed).bytes)
  const upload = uploads.take(context.query.get('uploadId') ?? '', bucket, key)
  try {
    const parts = chosenParts(upload, xml)
    const etag = `${digestOfDigests(
      'MD5',
      parts.map((part) => part.md5),
    ).toString('hex')}-${parts.length}`
    const checksum = await checksumOf(context, upload, parts)
    await store.commit(bucket, {
      key,
      headers: upload.headers,
      metadata: upload.metadata,
      size: parts.reduce((sum, part) => sum + part.segment.size, 0),
      etag,
      lastModifiedMs: context.nowMs(),
      checksum,
      segments: parts.map((part) => part.segment),
    })
    const unused = [...upload.parts.values()].filter((part) => !parts.includes(part))
    await store.discard(unused.map((part) => part.segment))
    sendXml(context, 'CompleteMultipartUploadResult', [
      ['Location', `/${bucket}/${key}`],
      ['Bucket', bucket],
      ['Key', key],
      ['ETag', `"${etag}"`],
      ...(checksum === null
        ? []
        : ([
            [`Checksum${checksum.algorithm}`, checksum.value],
            ['ChecksumType', checksum.type],
          ] as const)),
    ])
  } catch (error) {
    uploads.putBack(upload)
    throw error
  }
}

const uploadOf = (context: Context): Upload =>
  context.uploads.find(context.query.get('uploadId') ?? '', context.bucket, context.key)

function chosenParts(upload: Upload, xml: string): Part[] {
  const chosen = contentsOf(xml, 'Part').map((text) => {
    const part = upload.parts.get(Number(textOf(text, 'PartNumber')))
    const etag = textOf(text, 'ETag')?.replaceAll('"', '')
    if (part === undefined || etag !== part.md5.toString('hex')) {
      throw new StorageError(
        400,
        'InvalidPart',
        'One or more of the specified parts could not be found, or its entity tag did not match.',
      )
    }
    const sent = part.checksum === null ? undefined : textOf(text, `Checksum${part.checksum.algorithm}`)
    if (sent !== undefined && sent !== part.checksum?.digest.toString('base64'))
      throw refusal.badDigest('checksum of a part')
    return part
  })
  if (chosen.length === 0) throw new StorageError(400, 'MalformedXML', 'You must specify at least one part.')
  if (chosen.some((part, index) => part.number <= (chosen[index - 1]?.number ?? 0))) {
    throw new StorageError(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.')
  }
  if (chosen.slice(0, -1).some((part) => part.segment.size < MIN_PART_BYTES)) {
    throw new StorageError(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size.')
  }
  return chosen
}

async function checksumOf(context: Context, upload: Upload, parts: readonly Part[]): Promise<KeptChecksum | null> {
  const { algorithm, checksumType } = upload
  if (algorithm === null) return null
  if (checksumType === 'FULL_OBJECT') {
    const running = startChecksum(algorithm)
    const segments = parts.map((part) => part.segment)
    for await (const chunk of context.store.read(segments, 0, Number.POSITIVE_INFINITY)) running.update(chunk)
    return { algorithm, value: running.digest().toString('base64'), type: 'FULL_OBJECT' }
  }
  const digests = parts.flatMap((part) => (part.checksum?.algorithm === algorithm ? [part.checksum.digest] : []))
  if (digests.length < parts.length) throw refusal.invalidRequest(`Not every part came with a ${algorithm} checksum.`)
  return {
    algorithm,
    value: `${digestOfDigests(algorithm, digests).toString('base64')}-${parts.length}`,
    type: 'COMPOSITE',
  }
}

function digestOfDigests(algorithm: Parameters<typeof startChecksum>[0], digests: readonly Buffer[]): Buffer {
  const running: RunningChecksum = startChecksum(algorithm)
  for (const digest of digests) running.update(digest)
  return running.digest()
}
