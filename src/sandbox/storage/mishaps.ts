import { createHash } from 'node:crypto'
import { delay } from '../../shared/wait.ts'
import type { OrderNames, Switchboard } from '../faults/switchboard.ts'
import { REFERENCE_METADATA } from '../files/order-reference.ts'
import { names } from '../names/names.ts'
import type { Context } from './context.ts'
import { METADATA_PREFIX } from './object-routes.ts'
import type { ObjectStore, StoredObject } from './object-store.ts'
import { refusal } from './storage-error.ts'

const CRAWL_BYTES = 32
const CRAWL_EVERY_MS = 1_000
const DEFAULT_TYPE = 'binary/octet-stream'

/** Stands before the routes, where a storage that is full, slow or careless differs from a good one. */
export function arrangeMishaps(switches: Switchboard): (context: Context) => Context {
  return (context) => {
    if (switches.list().length === 0) return context
    const { request, query } = context
    const sent = request.headers[METADATA_PREFIX + REFERENCE_METADATA]
    const order = orderNames(context.key, typeof sent === 'string' ? sent : undefined)
    const takes = request.method === 'PUT' || (request.method === 'POST' && query.has('uploads'))
    if (takes && switches.active('storage-full', order)) throw refusal.full()
    const slow = takes && switches.active('storage-crawls', order)
    return {
      ...context,
      store: carelessStore(context.store, switches),
      body: slow ? () => crawling(context) : context.body,
    }
  }
}

/** Which order an object belongs to: its key names the id, its metadata the reference. */
function orderNames(key: string, reference: string | undefined): OrderNames {
  const orderId = /(?:^|\/)orders\/([^/]+)\//.exec(names.storage.hear(key))?.[1]
  return { orderId, reference: reference === undefined ? undefined : decodeURIComponent(reference) }
}

async function* crawling({ body, request }: Context): AsyncGenerator<Buffer> {
  const gone = new AbortController()
  request.socket.once('close', () => gone.abort(new Error('the client went away')))
  for await (const chunk of body()) {
    for (let at = 0; at < chunk.length; at += CRAWL_BYTES) {
      await delay(CRAWL_EVERY_MS, gone.signal)
      yield chunk.subarray(at, at + CRAWL_BYTES)
    }
  }
}

/** What is wrong with an object shows once it is kept; who sent it has been answered well. */
function carelessStore(store: ObjectStore, switches: Switchboard): ObjectStore {
  return {
    ...store,
    async commit(bucket, object) {
      const order = orderNames(object.key, object.metadata[REFERENCE_METADATA])
      if (switches.active('storage-loses-file', order)) {
        await store.commit(bucket, object)
        await store.remove(bucket, object.key)
      } else if (switches.active('storage-truncates-file', order)) {
        await replace(store, bucket, object, store.read(object.segments, 0, Math.floor(object.size / 2)))
      } else if (switches.active('storage-swaps-file', order)) {
        await replace(store, bucket, object, otherModel(store, bucket, object))
      } else if (switches.active('storage-forgets-type', order)) {
        await store.commit(bucket, { ...object, headers: { ...object.headers, 'content-type': DEFAULT_TYPE } })
      } else {
        await store.commit(bucket, object)
      }
    },
  }
}

/** Keeps other bytes under the object's key, and nothing that would still vouch for the first ones. */
async function replace(
  store: ObjectStore,
  bucket: string,
  object: StoredObject,
  bytes: AsyncIterable<Buffer>,
): Promise<void> {
  const md5 = createHash('md5')
  const segment = await store.write(
    0,
    bytes,
    (chunk) => md5.update(chunk),
    () => {},
  )
  await store.commit(bucket, {
    ...object,
    size: segment.size,
    etag: md5.digest('hex'),
    checksum: null,
    segments: [segment],
  })
  await store.discard(object.segments)
}

/** The model that was kept last before this one and differs from it; a single facet where there is none. */
async function* otherModel(
  store: ObjectStore,
  bucket: string,
  { etag, headers }: StoredObject,
): AsyncGenerator<Buffer> {
  const type = headers['content-type']
  const others = store.list(bucket).filter((each) => each.etag !== etag && each.headers['content-type'] === type)
  const other = others.sort((a, b) => b.lastModifiedMs - a.lastModifiedMs)[0]
  if (other === undefined) yield oneFacet()
  else yield* store.read(other.segments, 0, other.size)
}

/** A binary STL of one triangle. */
function oneFacet(): Buffer {
  const file = Buffer.alloc(84 + 50)
  file.writeUInt32LE(1, 80)
  file.writeFloatLE(12, 84 + 24)
  file.writeFloatLE(12, 84 + 40)
  return file
}
