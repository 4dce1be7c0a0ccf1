import type { S3Client } from '@aws-sdk/client-s3'
import { boundAnswer } from './bounded-answer.ts'
import type { StorageAccess } from './settings.ts'

/** What the server says of an object without its bytes. */
export interface ObjectHead {
  readonly bytes: number
  readonly type: string | null
  /** Changes with the content. */
  readonly etag: string
  /** Lower-case hex, where the server keeps a SHA-256 of the whole object. */
  readonly sha256: string | null
}

/** The few questions that are put to a storage server; each rejects with what the client throws. */
export interface BucketClient {
  /** Keys under the prefix, the first few. */
  list(bucket: string, prefix: string, signal: AbortSignal): Promise<readonly string[]>
  head(bucket: string, key: string, signal: AbortSignal): Promise<ObjectHead>
  /** Bytes `start` up to but not including `end`, piece by piece, of the very object that has this ETag. */
  read(
    bucket: string,
    object: { readonly key: string; readonly etag: string; readonly start: number; readonly end: number },
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>>
  close(): void
}

const MOST_OBJECTS = 8

/** The client library is loaded with the first question: it costs a third of a second. */
export function openBucketClient(access: StorageAccess, timeoutMs: number): BucketClient {
  let opened: Promise<{ readonly sdk: typeof import('@aws-sdk/client-s3'); readonly client: S3Client }> | undefined
  const open = () => (opened ??= connect(access, timeoutMs))
  const named = (bucket: string): string => access.buckets?.[bucket] ?? bucket

  return {
    list: async (bucket, prefix, abortSignal) => {
      const { sdk, client } = await open()
      const request = { Bucket: named(bucket), Prefix: prefix, MaxKeys: MOST_OBJECTS }
      const { Contents } = await client.send(new sdk.ListObjectsV2Command(request), { abortSignal })
      return (Contents ?? []).flatMap(({ Key }) => (Key === undefined || Key.endsWith('/') ? [] : [Key]))
    },
    head: async (bucket, key, abortSignal) => {
      const { sdk, client } = await open()
      const request = { Bucket: named(bucket), Key: key, ChecksumMode: 'ENABLED' } as const
      const head = await client.send(new sdk.HeadObjectCommand(request), { abortSignal })
      return {
        bytes: head.ContentLength ?? 0,
        type: head.ContentType ?? null,
        etag: head.ETag ?? '',
        sha256: wholeSha256(head.ChecksumSHA256, head.ChecksumType),
      }
    },
    read: async (bucket, { key, etag, start, end }, abortSignal) => {
      const { sdk, client } = await open()
      const request = { Bucket: named(bucket), Key: key, Range: `bytes=${start}-${end - 1}`, IfMatch: etag }
      const { Body } = await client.send(new sdk.GetObjectCommand(request), { abortSignal })
      // In Node the body is a stream of buffers; the type also speaks of browsers.
      return Body as AsyncIterable<Uint8Array>
    },
    close: () => {
      void opened?.then(
        ({ client }) => client.destroy(),
        () => {},
      )
    },
  }
}

async function connect({ endpoint, region, credentials, pathStyle }: StorageAccess, timeoutMs: number) {
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: timeoutMs, socketTimeout: timeoutMs },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(pathStyle === undefined ? {} : { forcePathStyle: pathStyle }),
    ...(credentials === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: credentials.accessKeyId,
            secretAccessKey: credentials.secretAccessKey.reveal(),
          },
        }),
  })
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const answered = await next(args)
        boundAnswer(commandName, answered.response)
        return answered
      },
    // Next to the wire: the answer has not been read yet.
    { step: 'deserialize', priority: 'low', name: 'boundAnswer' },
  )
  return { sdk, client }
}

/** A checksum of the parts' checksums, which a multipart upload leaves, is none of the content: it ends with their number. */
const wholeSha256 = (base64: string | undefined, type: string | undefined): string | null =>
  base64 === undefined || type === 'COMPOSITE' || base64.includes('-')
    ? null
    : Buffer.from(base64, 'base64').toString('hex')
