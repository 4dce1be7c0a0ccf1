import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { DeleteObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { FileChecked } from '../../../src/evidence/fact.ts'
import type { KeySet } from '../../../src/evidence/keys.ts'
import type { Answer, Asker } from '../../../src/evidence/ports.ts'
import { createStorageSource, type StorageOptions } from '../../../src/evidence/storage/storage.ts'
import { type StorageServer, startStorageServer } from '../../../src/sandbox/storage/server.ts'
import { createMonitorClock } from '../../../src/shared/clock.ts'
import { Secret } from '../../../src/shared/secret.ts'
import { milliseconds } from '../../../src/shared/units.ts'

const KEYS = { accessKeyId: 'AKIATEST', secretAccessKey: 'not/a+real=secret' }
const MIB = 1024 * 1024

let folder: string
let server: StorageServer
let s3: S3Client

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'waybill-storage-look-'))
  const { accessKeyId: accessKey, secretAccessKey: secretKey } = KEYS
  server = await startStorageServer({ folder, accessKey, secretKey, buckets: ['kept'], maxObjectBytes: 256 * MIB })
  s3 = new S3Client({ endpoint: server.endpoint, region: 'us-east-1', forcePathStyle: true, credentials: KEYS })
})
afterAll(async () => {
  s3.destroy()
  await server.stop()
  await rm(folder, { recursive: true })
})

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const keysOf = (...order: string[]): KeySet => {
  const none: ReadonlySet<string> = new Set()
  return {
    order: new Set(order),
    reference: new Set(['SYN-1']),
    trace: none,
    message: none,
    correlation: none,
    run: none,
  }
}

const looking = (options: Partial<StorageOptions> = {}, endpoint = server.endpoint): Asker => {
  const { accessKeyId, secretAccessKey } = KEYS
  const made = createStorageSource({
    access: {
      endpoint,
      region: 'us-east-1',
      pathStyle: true,
      credentials: { accessKeyId, secretAccessKey: new Secret(secretAccessKey) },
      buckets: { models: 'kept' },
    },
    files: { H2: { bucket: 'models', object: 'orders/{order}/', flows: ['customer'] } },
    clock: createMonitorClock(),
    timeoutMs: 5_000,
    pace: { quick: milliseconds(100), slowest: milliseconds(100), maxPerSecond: 10 },
    ...options,
  })
  closing.push(() => made.close?.())
  return made
}

const ask = (asker: Asker, keys: KeySet): Promise<Answer> => asker.ask('H2', keys, new AbortController().signal)

const looked = (answer: Answer) =>
  (answer.outcome === 'unsupported' ? [] : answer.facts)
    .filter((fact): fact is FileChecked => fact.kind === 'file-checked')
    .map(({ bucket, object, outcome, bytes, type, sha256, headSha256 }) => ({
      bucket,
      object,
      outcome,
      bytes,
      type,
      sha256,
      headSha256,
    }))

const sha256 = (content: Buffer): string => createHash('sha256').update(content).digest('hex')

const put = (key: string, content: Buffer, more: { ContentType?: string; ChecksumSHA256?: string } = {}) =>
  s3.send(new PutObjectCommand({ Bucket: 'kept', Key: key, Body: content, ...more }))

const serve = async (listener: RequestListener): Promise<string> => {
  const other: Server = createServer(listener)
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    other.closeAllConnections()
    await new Promise((resolve) => other.close(resolve))
  })
  const address = other.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

describe('the file of an order', () => {
  it('is told by its size, type and digests, under the name the contract gives the bucket', async () => {
    const content = Buffer.from('solid ring'.repeat(40))
    await put('orders/a1/ring.stl', content, { ContentType: 'model/stl' })
    const answer = await ask(looking(), keysOf('a1'))
    expect(answer.outcome).toBe('found')
    expect(looked(answer)).toEqual([
      {
        bucket: 'models',
        object: 'orders/a1/ring.stl',
        outcome: 'found',
        bytes: 400,
        type: 'model/stl',
        sha256: sha256(content),
        headSha256: sha256(content.subarray(0, 64)),
      },
    ])
  })

  it('is missing where there is none, and is so again when it is gone', async () => {
    const asker = looking()
    const nothing = { bucket: 'models', object: null, outcome: 'missing', bytes: null }
    expect(looked(await ask(asker, keysOf('b1')))).toMatchObject([nothing])
    await put('orders/b1/ring.stl', Buffer.from('x'))
    expect(looked(await ask(asker, keysOf('b1')))).toMatchObject([{ outcome: 'found', bytes: 1 }])
    await s3.send(new DeleteObjectCommand({ Bucket: 'kept', Key: 'orders/b1/ring.stl' }))
    expect(looked(await ask(asker, keysOf('b1')))).toMatchObject([nothing])
  })

  it('is found by its key as well as by its folder, and may be empty', async () => {
    await put('ref/SYN-1/c1.glb', Buffer.alloc(0))
    const files = { H2: { bucket: 'models', object: 'ref/{reference}/{order}.glb', flows: [] } }
    const asker = looking({ files })
    const empty = sha256(Buffer.alloc(0))
    expect(looked(await ask(asker, keysOf('c1')))).toMatchObject([
      { outcome: 'found', bytes: 0, sha256: empty, headSha256: empty },
    ])
    expect(looked(await ask(asker, keysOf('c2')))).toMatchObject([{ outcome: 'missing', object: null }])
  })

  it('is read anew when its content changes under the same key', async () => {
    const asker = looking()
    for (const text of ['first', 'other']) {
      await put('orders/d1/ring.stl', Buffer.from(text))
      expect(looked(await ask(asker, keysOf('d1')))).toMatchObject([{ sha256: sha256(Buffer.from(text)) }])
    }
  })

  it('is asked about only for orders that have one, and no more when the verdict is final', () => {
    const asker = looking()
    const about = { keys: keysOf('a1'), flow: 'customer', final: false, reached: () => false }
    expect(asker.wants?.('H2', about)).toBe(true)
    expect(asker.wants?.('H2', { ...about, keys: keysOf() })).toBe(false)
    expect(asker.wants?.('H2', { ...about, flow: 'partner' })).toBe(false)
    expect(asker.wants?.('H2', { ...about, final: true })).toBe(false)
  })

  it('of 200 MB is read in a memory of its own size by far not', async () => {
    const piece = Buffer.alloc(MIB, 7)
    const pieces = 200
    const digest = createHash('sha256')
    for (let index = 0; index < pieces; index++) digest.update(piece)
    const body = Readable.from(
      (function* () {
        for (let index = 0; index < pieces; index++) yield piece
      })(),
    )
    await s3.send(
      new PutObjectCommand({ Bucket: 'kept', Key: 'orders/e1/big.stl', Body: body, ContentLength: pieces * MIB }),
    )
    const before = process.resourceUsage().maxRSS
    const [look] = looked(await ask(looking(), keysOf('e1')))
    expect(look).toMatchObject({ outcome: 'found', bytes: pieces * MIB, sha256: digest.digest('hex') })
    expect((process.resourceUsage().maxRSS - before) / 1024).toBeLessThan(80)
  }, 30_000)
})

describe('a storage server in trouble', () => {
  it.each<[string, RequestListener]>([
    ['answers 503', (_request, response) => void response.writeHead(503).end()],
    ['refuses the keys', (_request, response) => void response.writeHead(403).end()],
    [
      'has no such bucket',
      (_request, response) => void response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>'),
    ],
    ['cuts the connection', (request) => void request.socket.destroy()],
    ['never answers', () => {}],
  ])('is unavailable and no file is missing: it %s', async (_what, listener) => {
    const asker = looking({ timeoutMs: 300 }, await serve(listener))
    const answer = await ask(asker, keysOf('a1'))
    expect(answer).toMatchObject({ outcome: 'unavailable', facts: [], conditions: [{ kind: 'source-down' }] })
    expect(asker.health().state).toBe('down')
    expect(await ask(asker, keysOf('a1'))).not.toHaveProperty('conditions')
  })

  it('has no bucket of that name: no file is missing there', async () => {
    const files = { H2: { bucket: 'elsewhere', object: '{order}.stl', flows: [] } }
    expect(await ask(looking({ files }), keysOf('a1'))).toMatchObject({ outcome: 'unavailable', facts: [] })
  })

  const half =
    (rest: 'cut' | 'hang'): RequestListener =>
    (request, response) => {
      if (request.url?.includes('list-type') === true) {
        return void response.end(
          '<ListBucketResult><Contents><Key>orders/a1/ring.stl</Key></Contents></ListBucketResult>',
        )
      }
      response.writeHead(200, { 'content-length': '100', etag: '"e"', 'content-type': 'model/stl' })
      if (request.method === 'HEAD') return void response.end()
      response.write('x'.repeat(50), () => (rest === 'cut' ? request.socket.destroy() : undefined))
    }

  it('that twice breaks off in the middle of a file has an incomplete one', async () => {
    const asker = looking({}, await serve(half('cut')))
    expect(looked(await ask(asker, keysOf('a1')))).toMatchObject([
      { object: 'orders/a1/ring.stl', outcome: 'incomplete', bytes: 100, type: 'model/stl', sha256: null },
    ])
  })

  it('that is slow in the middle of a file has none that is incomplete', async () => {
    const asker = looking({ timeoutMs: 300 }, await serve(half('hang')))
    expect(await ask(asker, keysOf('a1'))).toMatchObject({ outcome: 'unavailable', facts: [] })
  })
})
