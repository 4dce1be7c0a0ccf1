import { type Context, readXml, sendEmpty, sendXml } from './context.ts'
import type { StoredObject } from './object-store.ts'
import { openPayload } from './payload.ts'
import { refusal, StorageError } from './storage-error.ts'
import { contentsOf, textOf, type XmlNode } from './xml.ts'

const MAX_KEYS = 1000

/** `GET /` */
export async function listBuckets(context: Context): Promise<void> {
  const buckets = context.store.buckets().map(
    ({ name, createdMs }): XmlNode => [
      'Bucket',
      [
        ['Name', name],
        ['CreationDate', new Date(createdMs).toISOString()],
      ],
    ],
  )
  sendXml(context, 'ListAllMyBucketsResult', [['Buckets', buckets]])
}

/** `PUT /bucket` */
export async function createBucket(context: Context): Promise<void> {
  await readXml(openPayload(context.body(), context.signed).bytes)
  await context.store.createBucket(context.bucket)
  sendEmpty(context, 200, { location: `/${context.bucket}` })
}

/** `HEAD /bucket` */
export async function headBucket(context: Context): Promise<void> {
  context.store.list(context.bucket)
  sendEmpty(context, 200, { 'x-amz-bucket-region': context.region })
}

/** `DELETE /bucket` */
export async function deleteBucket(context: Context): Promise<void> {
  await context.store.deleteBucket(context.bucket)
  sendEmpty(context, 204)
}

/** `GET /bucket?location` */
export async function getBucketLocation(context: Context): Promise<void> {
  context.store.list(context.bucket)
  sendXml(context, 'LocationConstraint', [])
}

/** `GET /bucket?list-type=2` */
export async function listObjects(context: Context): Promise<void> {
  const { query, bucket } = context
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString()
  const limit = Math.min(MAX_KEYS, readCount(query.get('max-keys')))
  const encode = query.get('encoding-type') === 'url' ? encodeURIComponent : (text: string) => text
  const { entries, next } = onePage(context.store.list(bucket), { prefix, delimiter, after, limit })
  sendXml(context, 'ListBucketResult', [
    ['Name', bucket],
    ['Prefix', encode(prefix)],
    ['MaxKeys', limit],
    ['KeyCount', entries.length],
    ['IsTruncated', next !== undefined],
    ...(next === undefined ? [] : ([['NextContinuationToken', Buffer.from(next).toString('base64url')]] as const)),
    ...entries.map(
      (entry): XmlNode =>
        typeof entry === 'string'
          ? ['CommonPrefixes', [['Prefix', encode(entry)]]]
          : [
              'Contents',
              [
                ['Key', encode(entry.key)],
                ['LastModified', new Date(entry.lastModifiedMs).toISOString()],
                ['ETag', `"${entry.etag}"`],
                ['Size', entry.size],
                ['StorageClass', 'STANDARD'],
              ],
            ],
    ),
  ])
}

/** `POST /bucket?delete` */
export async function deleteObjects(context: Context): Promise<void> {
  const xml = await readXml(openPayload(context.body(), context.signed).bytes)
  const keys = contentsOf(xml, 'Object').map((text) => textOf(text, 'Key') ?? '')
  if (keys.length === 0 || keys.length > MAX_KEYS) {
    throw new StorageError(400, 'MalformedXML', `Between 1 and ${MAX_KEYS} objects can be deleted at once.`)
  }
  for (const key of keys) await context.store.remove(context.bucket, key)
  const quiet = textOf(xml, 'Quiet') === 'true'
  sendXml(context, 'DeleteResult', quiet ? [] : keys.map((key): XmlNode => ['Deleted', [['Key', key]]]))
}

interface Page {
  readonly prefix: string
  readonly delimiter: string
  readonly after: string
  readonly limit: number
}

/** Objects, and as strings the common prefixes, after `after`; `next` is where the following page starts, when there is one. */
function onePage(
  objects: readonly StoredObject[],
  { prefix, delimiter, after, limit }: Page,
): { entries: (StoredObject | string)[]; next?: string } {
  const entries: (StoredObject | string)[] = []
  let last = after
  for (const object of objects) {
    if (!object.key.startsWith(prefix) || Buffer.compare(Buffer.from(object.key), Buffer.from(after)) <= 0) continue
    const cut = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length)
    const entry = cut < 0 ? object : object.key.slice(0, cut + delimiter.length)
    if (typeof entry === 'string' && (entry === entries.at(-1) || (after !== '' && after.startsWith(entry)))) {
      last = object.key
      continue
    }
    if (entries.length === limit) return { entries, next: last }
    entries.push(entry)
    last = object.key
  }
  return { entries }
}

function readCount(text: string | null): number {
  if (text === null) return MAX_KEYS
  const count = Number(text)
  if (!Number.isInteger(count) || count < 0) throw refusal.invalidArgument('max-keys must be a whole number.')
  return count
}
