import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type StorageServer, startStorageServer } from '../../../src/sandbox/storage/server.ts'

const ACCESS_KEY = 'AKIAWAYBILLTEST'
const SECRET_KEY = 'not/a+real=secret'
const MIB = 1024 * 1024

let folder: string
let server: StorageServer
let s3: S3Client
const clients: S3Client[] = []

const client = (config: S3ClientConfig = {}): S3Client => {
  const made = new S3Client({
    endpoint: server.endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: SECRET_KEY },
    ...config,
  })
  clients.push(made)
  return made
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'waybill-storage-'))
  server = await startStorageServer({
    folder,
    accessKey: ACCESS_KEY,
    secretKey: SECRET_KEY,
    buckets: ['models'],
    maxObjectBytes: 64 * MIB,
    capacityBytes: 200 * MIB,
  })
  s3 = client()
})

afterAll(async () => {
  for (const made of clients) made.destroy()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const md5 = (bytes: Uint8Array, encoding: 'hex' | 'base64' = 'hex') => createHash('md5').update(bytes).digest(encoding)
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64')
const put = (key: string, body: string | Buffer) =>
  s3.send(new PutObjectCommand({ Bucket: 'models', Key: key, Body: body }))
const read = async (key: string, range?: string) => {
  const answer = await s3.send(new GetObjectCommand({ Bucket: 'models', Key: key, ...(range ? { Range: range } : {}) }))
  return { answer, bytes: Buffer.from((await answer.Body?.transformToByteArray()) ?? []) }
}
const storedFiles = async () => (await readdir(path.join(folder, 'data'))).length

it('keeps an idle connection longer than a client leaves it, so that none is closed as a file is sent over it', async () => {
  const asking = client()
  let told = ''
  asking.middlewareStack.add(
    (next) => async (request) => {
      const answer = await next(request)
      told = (answer.response as { headers: Record<string, string> }).headers['keep-alive'] ?? ''
      return answer
    },
    { step: 'deserialize', priority: 'low' },
  )
  await asking.send(new PutObjectCommand({ Bucket: 'models', Key: 'kept', Body: 'alive' }))
  expect(Number(/timeout=(\d+)/.exec(told)?.[1])).toBeGreaterThanOrEqual(300)
})

describe('objects', () => {
  it('gives back the bytes, type and metadata that were put, with the MD5 as ETag', async () => {
    const body = randomBytes(3 * MIB + 17)
    const answer = await s3.send(
      new PutObjectCommand({
        Bucket: 'models',
        Key: 'orders/1/ring ü+&.stl',
        Body: body,
        ContentType: 'model/stl',
        Metadata: { order: '1', colour: 'gold' },
      }),
    )
    expect(answer.ETag).toBe(`"${md5(body)}"`)
    const got = await read('orders/1/ring ü+&.stl')
    expect(got.bytes.equals(body)).toBe(true)
    expect(got.answer).toMatchObject({
      ContentType: 'model/stl',
      ContentLength: body.length,
      Metadata: { order: '1', colour: 'gold' },
    })
  })

  it('takes a stream of known length with the SDK’s default trailing checksum and tells that checksum again', async () => {
    const body = randomBytes(2 * MIB)
    await s3.send(
      new PutObjectCommand({
        Bucket: 'models',
        Key: 'streamed',
        Body: Readable.from(chunksOf(body, 64 * 1024)),
        ContentLength: body.length,
      }),
    )
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'models', Key: 'streamed', ChecksumMode: 'ENABLED' }))
    expect(head).toMatchObject({ ContentLength: body.length, ChecksumType: 'FULL_OBJECT', ETag: `"${md5(body)}"` })
    expect(head.ChecksumCRC32).toMatch(/^[A-Za-z0-9+/]{6}==$/)
    expect((await read('streamed')).bytes.equals(body)).toBe(true)
  })

  it.each(['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const)(
    'keeps the %s checksum the client computed',
    async (algorithm) => {
      const key = `checked-${algorithm}`
      const sent = await s3.send(
        new PutObjectCommand({ Bucket: 'models', Key: key, Body: 'ring', ChecksumAlgorithm: algorithm }),
      )
      const head = await s3.send(new HeadObjectCommand({ Bucket: 'models', Key: key, ChecksumMode: 'ENABLED' }))
      expect(sent[`Checksum${algorithm}`]).toBeTruthy()
      expect(head[`Checksum${algorithm}`]).toBe(sent[`Checksum${algorithm}`])
    },
  )

  it('stores an empty object and overwrites an object whole', async () => {
    await put('empty', '')
    expect((await read('empty')).bytes.length).toBe(0)
    const before = await storedFiles()
    await put('twice', 'first, which is longer')
    await put('twice', 'second')
    expect((await read('twice')).bytes.toString()).toBe('second')
    expect(await storedFiles()).toBe(before + 1)
  })

  it.each([
    { range: 'bytes=0-3', expected: 'abcd', contentRange: 'bytes 0-3/10' },
    { range: 'bytes=7-', expected: 'hij', contentRange: 'bytes 7-9/10' },
    { range: 'bytes=-2', expected: 'ij', contentRange: 'bytes 8-9/10' },
    { range: 'bytes=8-99', expected: 'ij', contentRange: 'bytes 8-9/10' },
  ])('answers the range $range', async ({ range, expected, contentRange }) => {
    await put('alphabet', 'abcdefghij')
    const got = await read('alphabet', range)
    expect(got.bytes.toString()).toBe(expected)
    expect(got.answer.ContentRange).toBe(contentRange)
  })

  it('refuses a range beyond the end', async () => {
    await put('alphabet', 'abcdefghij')
    await expect(read('alphabet', 'bytes=10-12')).rejects.toMatchObject({ name: 'InvalidRange' })
  })

  it('says NoSuchKey and NoSuchBucket for what is not there, and deletes it without complaint', async () => {
    await expect(read('nowhere')).rejects.toMatchObject({ name: 'NoSuchKey' })
    await expect(s3.send(new HeadObjectCommand({ Bucket: 'models', Key: 'nowhere' }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    })
    await expect(s3.send(new PutObjectCommand({ Bucket: 'missing', Key: 'a', Body: 'b' }))).rejects.toMatchObject({
      name: 'NoSuchBucket',
    })
    await s3.send(new DeleteObjectCommand({ Bucket: 'models', Key: 'nowhere' }))
  })

  it('deletes objects one by one and many at once', async () => {
    await Promise.all(['gone/1', 'gone/2&3', 'gone/4'].map((key) => put(key, 'x')))
    await s3.send(new DeleteObjectCommand({ Bucket: 'models', Key: 'gone/1' }))
    await s3.send(
      new DeleteObjectsCommand({ Bucket: 'models', Delete: { Objects: [{ Key: 'gone/2&3' }, { Key: 'gone/4' }] } }),
    )
    const list = await s3.send(new ListObjectsV2Command({ Bucket: 'models', Prefix: 'gone/' }))
    expect(list.KeyCount).toBe(0)
  })

  it('writes only where nothing is when asked to', async () => {
    const once = () =>
      s3.send(new PutObjectCommand({ Bucket: 'models', Key: 'only-once', Body: 'x', IfNoneMatch: '*' }))
    await once()
    await expect(once()).rejects.toMatchObject({ name: 'PreconditionFailed' })
  })
})

describe('listing', () => {
  it('pages through keys in byte order, with prefixes rolled up at the delimiter', async () => {
    const bucket = 'listing'
    await s3.send(new CreateBucketCommand({ Bucket: bucket }))
    for (const key of ['a/1', 'a/2', 'b', 'c/1/x', 'c/2', 'ö', 'z']) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: key }))
    }
    const seen: string[] = []
    let token: string | undefined
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket: bucket, Delimiter: '/', MaxKeys: 2, ContinuationToken: token }),
      )
      seen.push(...(page.CommonPrefixes ?? []).map((entry) => entry.Prefix ?? ''))
      seen.push(...(page.Contents ?? []).map((entry) => entry.Key ?? ''))
      token = page.NextContinuationToken
    } while (token !== undefined)
    expect(seen).toEqual(['a/', 'b', 'c/', 'z', 'ö'])
  })

  it('knows its buckets', async () => {
    const { Buckets } = await s3.send(new ListBucketsCommand({}))
    expect(Buckets?.map((bucket) => bucket.Name)).toContain('models')
    await s3.send(new HeadBucketCommand({ Bucket: 'models' }))
    await expect(s3.send(new CreateBucketCommand({ Bucket: 'models' }))).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    })
    await expect(s3.send(new CreateBucketCommand({ Bucket: 'No' }))).rejects.toMatchObject({
      name: 'InvalidBucketName',
    })
  })
})

describe('multipart uploads', () => {
  it('joins the parts of a large stream and gives the ETag real S3 gives', async () => {
    const body = randomBytes(12 * MIB)
    const upload = new Upload({
      client: s3,
      partSize: 5 * MIB,
      params: { Bucket: 'models', Key: 'large', Body: Readable.from(chunksOf(body, MIB)), ContentType: 'model/obj' },
    })
    const done = await upload.done()
    const parts = [body.subarray(0, 5 * MIB), body.subarray(5 * MIB, 10 * MIB), body.subarray(10 * MIB)]
    const digests = parts.map((part) => createHash('md5').update(part).digest())
    expect(done.ETag).toBe(`"${md5(Buffer.concat(digests))}-3"`)
    const got = await read('large')
    expect(got.bytes.equals(body)).toBe(true)
    expect(got.answer.ContentType).toBe('model/obj')
    const across = await read('large', `bytes=${5 * MIB - 2}-${5 * MIB + 1}`)
    expect(across.bytes.equals(body.subarray(5 * MIB - 2, 5 * MIB + 2))).toBe(true)
    const head = await s3.send(new HeadObjectCommand({ Bucket: 'models', Key: 'large', ChecksumMode: 'ENABLED' }))
    expect(head).toMatchObject({ ContentLength: body.length, ChecksumCRC32: expect.stringMatching(/-3$/) })
  })

  it('refuses to complete with a part that does not exist, and leaves nothing of an aborted upload', async () => {
    const before = await storedFiles()
    const where = { Bucket: 'models', Key: 'abandoned' }
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(where))
    await s3.send(new UploadPartCommand({ ...where, UploadId, PartNumber: 1, Body: 'part' }))
    const listed = await s3.send(new ListPartsCommand({ ...where, UploadId }))
    expect(listed.Parts).toMatchObject([{ PartNumber: 1, Size: 4, ETag: `"${md5(Buffer.from('part'))}"` }])
    const complete = (parts: { PartNumber: number; ETag: string }[]) =>
      s3.send(new CompleteMultipartUploadCommand({ ...where, UploadId, MultipartUpload: { Parts: parts } }))
    await expect(complete([{ PartNumber: 2, ETag: '"00"' }])).rejects.toMatchObject({ name: 'InvalidPart' })
    const { AbortMultipartUploadCommand } = await import('@aws-sdk/client-s3')
    await s3.send(new AbortMultipartUploadCommand({ ...where, UploadId }))
    await expect(complete([{ PartNumber: 1, ETag: '"00"' }])).rejects.toMatchObject({ name: 'NoSuchUpload' })
    expect(await storedFiles()).toBe(before)
  })
})

describe('what is refused', () => {
  it('refuses a wrong secret, an unknown access key and an unsigned request', async () => {
    const wrongSecret = client({ credentials: { accessKeyId: ACCESS_KEY, secretAccessKey: 'wrong' } })
    const wrongKey = client({ credentials: { accessKeyId: 'AKIAOTHER', secretAccessKey: SECRET_KEY } })
    const ask = (by: S3Client) => by.send(new ListObjectsV2Command({ Bucket: 'models' }))
    await expect(ask(wrongSecret)).rejects.toMatchObject({
      name: 'SignatureDoesNotMatch',
      $metadata: { httpStatusCode: 403 },
    })
    await expect(ask(wrongKey)).rejects.toMatchObject({
      name: 'InvalidAccessKeyId',
      $metadata: { httpStatusCode: 403 },
    })
    const unsigned = await fetch(`${server.endpoint}/models/streamed`)
    expect(unsigned.status).toBe(403)
    expect(await unsigned.text()).toContain('<Code>AccessDenied</Code>')
  })

  it('refuses a request whose signature is of another time', async () => {
    const late = client({ systemClockOffset: 16 * 60_000 })
    await expect(late.send(new ListBucketsCommand({}))).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' })
  })

  it('keeps nothing of a body whose MD5 or checksum is wrong', async () => {
    const before = await storedFiles()
    const send = (extra: object) =>
      s3.send(new PutObjectCommand({ Bucket: 'models', Key: 'damaged', Body: Buffer.from('ring'), ...extra }))
    const other = Buffer.from('rang')
    await expect(send({ ContentMD5: md5(other, 'base64') })).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(send({ ChecksumSHA256: sha256(other) })).rejects.toMatchObject({ name: 'BadDigest' })
    await expect(read('damaged')).rejects.toMatchObject({ name: 'NoSuchKey' })
    expect(await storedFiles()).toBe(before)
  })

  it('refuses an object over its limit before the body is sent', async () => {
    const body = Readable.from(chunksOf(Buffer.alloc(65 * MIB), MIB))
    await expect(
      s3.send(new PutObjectCommand({ Bucket: 'models', Key: 'huge', Body: body, ContentLength: 65 * MIB })),
    ).rejects.toMatchObject({ name: 'EntityTooLarge' })
  })

  it('refuses a body streamed in small chunks and says which, and keeps nothing of it', async () => {
    const before = await storedFiles()
    const body = Readable.from(chunksOf(Buffer.alloc(3 * 8191), 8191))
    await expect(
      s3.send(new PutObjectCommand({ Bucket: 'models', Key: 'crumbs', Body: body, ContentLength: 3 * 8191 })),
    ).rejects.toMatchObject({
      name: 'InvalidChunkSizeError',
      Chunk: '2',
      BadChunkSize: '8191',
      $metadata: { httpStatusCode: 403 },
    })
    expect(await storedFiles()).toBe(before)
  })

  it('says that it is full, and takes objects again once there is room', async () => {
    const fullFolder = await mkdtemp(path.join(tmpdir(), 'waybill-storage-'))
    const small = await startStorageServer({
      folder: fullFolder,
      accessKey: ACCESS_KEY,
      secretKey: SECRET_KEY,
      buckets: ['models'],
      capacityBytes: 1000,
    })
    const toSmall = client({ endpoint: small.endpoint })
    const send = (key: string, bytes: number) =>
      toSmall.send(new PutObjectCommand({ Bucket: 'models', Key: key, Body: Buffer.alloc(bytes) }))
    await send('first', 800)
    await expect(send('second', 300)).rejects.toMatchObject({
      name: 'InsufficientStorage',
      $metadata: { httpStatusCode: 507 },
    })
    await toSmall.send(new DeleteObjectCommand({ Bucket: 'models', Key: 'first' }))
    await send('second', 300)
    await small.stop()
    await rm(fullFolder, { recursive: true, force: true })
  })

  it('keeps nothing of an upload that is cut off', async () => {
    const before = await storedFiles()
    const pieces = new Readable({ read() {} })
    const controller = new AbortController()
    const sending = s3.send(
      new PutObjectCommand({ Bucket: 'models', Key: 'cut', Body: pieces, ContentLength: 10 * MIB }),
      { abortSignal: controller.signal },
    )
    sending.catch(() => {})
    pieces.push(Buffer.alloc(MIB))
    await until(async () => (await storedFiles()) === before + 1)
    controller.abort()
    await expect(sending).rejects.toThrow()
    await until(async () => (await storedFiles()) === before)
    await expect(read('cut')).rejects.toMatchObject({ name: 'NoSuchKey' })
  })

  it('does not understand what it does not have instead of doing something else', async () => {
    const { CopyObjectCommand, GetObjectTaggingCommand } = await import('@aws-sdk/client-s3')
    await put('original', 'x')
    await expect(
      s3.send(new CopyObjectCommand({ Bucket: 'models', Key: 'copy', CopySource: 'models/original' })),
    ).rejects.toMatchObject({ name: 'NotImplemented' })
    await expect(s3.send(new GetObjectTaggingCommand({ Bucket: 'models', Key: 'original' }))).rejects.toMatchObject({
      name: 'NotImplemented',
    })
  })

  it.each([
    { headers: { authorization: 'AWS4-HMAC-SHA256 nonsense' }, code: 'AuthorizationHeaderMalformed' },
    { headers: {}, code: 'AccessDenied' },
  ])('answers $code in XML to a hand-made request', async ({ headers, code }) => {
    const request = httpRequest(`${server.endpoint}/models/%E0%A4%A`, { headers })
    request.end()
    const [response] = await once(request, 'response')
    expect((await buffer(response)).toString()).toContain(`<Code>${code}</Code>`)
  })
})

describe('a restart', () => {
  it('finds its objects again and drops what was never completed', async () => {
    const again = await mkdtemp(path.join(tmpdir(), 'waybill-storage-'))
    const options = { folder: again, accessKey: ACCESS_KEY, secretKey: SECRET_KEY, buckets: ['models'] }
    const first = await startStorageServer(options)
    const where = { Bucket: 'models', Key: 'kept' }
    const toFirst = client({ endpoint: first.endpoint })
    await toFirst.send(new PutObjectCommand({ ...where, Body: 'still here', Metadata: { a: 'b' } }))
    const { UploadId } = await toFirst.send(new CreateMultipartUploadCommand({ ...where, Key: 'unfinished' }))
    await toFirst.send(new UploadPartCommand({ ...where, Key: 'unfinished', UploadId, PartNumber: 1, Body: 'x' }))
    await first.stop()
    await first.stop()

    const second = await startStorageServer(options)
    const got = await client({ endpoint: second.endpoint }).send(new GetObjectCommand(where))
    expect(await got.Body?.transformToString()).toBe('still here')
    expect(got.Metadata).toEqual({ a: 'b' })
    expect(await readdir(path.join(again, 'data'))).toHaveLength(1)
    await second.stop()
    await rm(again, { recursive: true, force: true })
  })
})

function* chunksOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 5000
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('the awaited state did not come within 5 s')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
