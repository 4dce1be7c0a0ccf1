import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import { ALGORITHMS, type Algorithm } from './checksum.ts'
import { refusal, StorageError } from './storage-error.ts'

/** A checksum kept with an object and told to who asks for it. */
export interface KeptChecksum {
  readonly algorithm: Algorithm
  /** Base64; of a multipart object the checksum of its parts' checksums, `-N` appended. */
  readonly value: string
  readonly type: 'FULL_OBJECT' | 'COMPOSITE'
}

/** A file of the store that holds one put, or one part. */
export interface Segment {
  readonly file: string
  readonly size: number
}

/** Everything known about an object but its bytes. */
export interface StoredObject {
  readonly key: string
  readonly size: number
  readonly etag: string
  readonly lastModifiedMs: number
  /** `content-type`, `cache-control` and the like, given back as they came. */
  readonly headers: Readonly<Record<string, string>>
  /** The `x-amz-meta-` headers without that prefix. */
  readonly metadata: Readonly<Record<string, string>>
  readonly checksum: KeptChecksum | null
  readonly segments: readonly Segment[]
}

/** Objects as files: the bytes under a name of their own, the rest in a small file that is replaced in one step. */
export interface ObjectStore {
  buckets(): readonly { readonly name: string; readonly createdMs: number }[]
  createBucket(name: string): Promise<void>
  deleteBucket(name: string): Promise<void>
  /** The objects of a bucket in the order of their keys' bytes; a missing bucket is refused. */
  list(bucket: string): readonly StoredObject[]
  find(bucket: string, key: string): StoredObject | undefined
  /** Makes `object` the one at its key; until then nobody sees it, from then on nobody sees the one before. */
  commit(bucket: string, object: StoredObject): Promise<void>
  /** Removes what is at the key; nothing there is no error. */
  remove(bucket: string, key: string): Promise<void>
  /**
   * Writes bytes to a new file as they come; more than fits is refused before the first is read.
   * What was written is dropped when the source or `check` fails.
   */
  write(
    announcedBytes: number,
    source: AsyncIterable<Buffer>,
    onChunk: (chunk: Buffer) => void,
    check: () => void,
  ): Promise<Segment>
  discard(segments: readonly Segment[]): Promise<void>
  /** The bytes from `start` up to and without `end`. */
  read(segments: readonly Segment[], start: number, end: number): AsyncGenerator<Buffer>
}

export interface StoreLimits {
  readonly maxObjectBytes: number
  /** How much the store holds altogether before it says it is full. */
  readonly capacityBytes: number
}

const Stored = z.object({
  key: z.string(),
  size: z.number(),
  etag: z.string(),
  lastModifiedMs: z.number(),
  headers: z.record(z.string(), z.string()),
  metadata: z.record(z.string(), z.string()),
  checksum: z
    .object({ algorithm: z.enum(ALGORITHMS), value: z.string(), type: z.enum(['FULL_OBJECT', 'COMPOSITE']) })
    .nullable(),
  segments: z.array(z.object({ file: z.string(), size: z.number() })),
})

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/
const READ_BYTES = 256 * 1024

interface Bucket {
  readonly createdMs: number
  readonly objects: Map<string, StoredObject>
}

/** Opens the store in `folder`, which it creates when missing. */
export async function openObjectStore(folder: string, limits: StoreLimits, nowMs: () => number): Promise<ObjectStore> {
  const dataFolder = path.join(folder, 'data')
  const indexFolder = path.join(folder, 'buckets')
  await mkdir(dataFolder, { recursive: true, mode: 0o700 })
  await mkdir(indexFolder, { recursive: true, mode: 0o700 })
  const buckets = await load(indexFolder, nowMs())
  let usedBytes = await dropUnreferenced(dataFolder, buckets)

  const bucketOf = (name: string): Bucket => {
    const bucket = buckets.get(name)
    if (bucket === undefined) throw refusal.noSuchBucket()
    return bucket
  }
  const indexFile = (bucket: string, key: string) =>
    path.join(indexFolder, bucket, `${createHash('sha256').update(key).digest('hex')}.json`)
  const discard = async (segments: readonly Segment[]) => {
    for (const { file, size } of segments) {
      await rm(path.join(dataFolder, file), { force: true })
      usedBytes -= size
    }
  }

  return {
    buckets: () => [...buckets].map(([name, { createdMs }]) => ({ name, createdMs })),
    createBucket: async (name) => {
      if (!BUCKET_NAME.test(name))
        throw new StorageError(400, 'InvalidBucketName', 'The specified bucket is not valid.')
      if (buckets.has(name)) {
        throw new StorageError(409, 'BucketAlreadyOwnedByYou', 'You already own the bucket you tried to create.')
      }
      await mkdir(path.join(indexFolder, name), { recursive: true, mode: 0o700 })
      buckets.set(name, { createdMs: nowMs(), objects: new Map() })
    },
    deleteBucket: async (name) => {
      if (bucketOf(name).objects.size > 0) {
        throw new StorageError(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty.')
      }
      buckets.delete(name)
      await rm(path.join(indexFolder, name), { recursive: true, force: true })
    },
    list: (name) => [...bucketOf(name).objects.values()].sort((a, b) => compareKeys(a.key, b.key)),
    find: (name, key) => bucketOf(name).objects.get(key),
    commit: async (name, object) => {
      const { objects } = bucketOf(name)
      const file = indexFile(name, object.key)
      const draft = `${file}.${randomUUID()}`
      try {
        await writeFile(draft, JSON.stringify(object), { mode: 0o600 })
        await rename(draft, file)
      } catch (error) {
        await rm(draft, { force: true })
        throw error
      }
      const before = objects.get(object.key)
      objects.set(object.key, object)
      if (before !== undefined) await discard(before.segments)
    },
    remove: async (name, key) => {
      const { objects } = bucketOf(name)
      const object = objects.get(key)
      if (object === undefined) return
      objects.delete(key)
      await rm(indexFile(name, key), { force: true })
      await discard(object.segments)
    },
    write: async (announcedBytes, source, onChunk, check) => {
      if (announcedBytes > limits.maxObjectBytes) throw refusal.tooLarge(limits.maxObjectBytes)
      if (usedBytes + announcedBytes > limits.capacityBytes) throw refusal.full()
      const segment = { file: randomUUID(), size: 0 }
      const file = await open(path.join(dataFolder, segment.file), 'wx', 0o600)
      try {
        for await (const chunk of source) {
          segment.size += chunk.length
          usedBytes += chunk.length
          if (segment.size > limits.maxObjectBytes) throw refusal.tooLarge(limits.maxObjectBytes)
          if (usedBytes > limits.capacityBytes) throw refusal.full()
          onChunk(chunk)
          await file.writeFile(chunk)
        }
        check()
        return segment
      } catch (error) {
        await discard([segment])
        throw error
      } finally {
        await file.close()
      }
    },
    discard,
    read: (segments, start, end) => readSegments(dataFolder, segments, start, end),
  }
}

const compareKeys = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

async function* readSegments(
  folder: string,
  segments: readonly Segment[],
  start: number,
  end: number,
): AsyncGenerator<Buffer> {
  let offset = 0
  for (const { file, size } of segments) {
    const from = Math.max(0, start - offset)
    const to = Math.min(size, end - offset)
    offset += size
    if (from >= to) continue
    const handle = await open(path.join(folder, file), 'r')
    try {
      yield* handle.createReadStream({ start: from, end: to - 1, highWaterMark: READ_BYTES, autoClose: false })
    } finally {
      await handle.close()
    }
  }
}

async function load(indexFolder: string, nowMs: number): Promise<Map<string, Bucket>> {
  const buckets = new Map<string, Bucket>()
  for (const name of await readdir(indexFolder)) {
    const objects = new Map<string, StoredObject>()
    for (const file of await readdir(path.join(indexFolder, name))) {
      if (!file.endsWith('.json')) continue
      const object = Stored.parse(JSON.parse(await readFile(path.join(indexFolder, name, file), 'utf8')))
      objects.set(object.key, object)
    }
    buckets.set(name, { createdMs: nowMs, objects })
  }
  return buckets
}

/** Removes what an interrupted upload left; gives the bytes that remain. */
async function dropUnreferenced(dataFolder: string, buckets: ReadonlyMap<string, Bucket>): Promise<number> {
  const segments = [...buckets.values()].flatMap(({ objects }) =>
    [...objects.values()].flatMap((object) => object.segments),
  )
  const referenced = new Set(segments.map((segment) => segment.file))
  for (const file of await readdir(dataFolder)) {
    if (!referenced.has(file)) await rm(path.join(dataFolder, file), { force: true })
  }
  return segments.reduce((sum, segment) => sum + segment.size, 0)
}
