import { Readable } from 'node:stream'
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import type { ServiceSettings } from '../service/settings.ts'
import { required } from '../service/settings.ts'
import { withAttributes } from '../telemetry/order-scope.ts'
import { inLargePieces } from './large-pieces.ts'
import { REFERENCE_METADATA } from './order-reference.ts'

const PART_BYTES = 8 * 1024 * 1024

/** The 3D file storage as the services use it. */
export interface Storage {
  /** Streams `body` into the bucket in constant memory; `size` where the sender declared it, `reference` the order's. */
  put(
    file: {
      readonly key: string
      readonly type: string
      readonly size: number | undefined
      readonly reference: string
    },
    body: Readable,
    signal: AbortSignal,
  ): Promise<void>
  /** Streams a stored file out again. */
  get(file: { readonly key: string; readonly type: string; readonly size: number }): Promise<AsyncIterable<Uint8Array>>
  /** Takes a stored file away for good. */
  remove(file: { readonly key: string; readonly type: string; readonly size: number }): Promise<void>
  close(): void
}

/** An S3 client for the bucket of models. */
export function openStorage(settings: ServiceSettings): Storage {
  const { bucket, region, endpoint, accessKeyId, secretAccessKey } = settings.storage
  const client = new S3Client({
    region,
    endpoint: required(endpoint, 'S3_ENDPOINT'),
    forcePathStyle: true,
    credentials: {
      accessKeyId: required(accessKeyId, 'AWS_ACCESS_KEY_ID'),
      secretAccessKey: required(secretAccessKey, 'AWS_SECRET_ACCESS_KEY').reveal(),
    },
  })
  return {
    async put({ key, type, size, reference }, body, signal) {
      const Metadata = { [REFERENCE_METADATA]: encodeURIComponent(reference.toWellFormed()) }
      const target = { Bucket: bucket, Key: key, ContentType: type, Metadata }
      await withAttributes({ ...(size === undefined ? {} : { 'file.size': size }), 'file.type': type }, async () => {
        if (size === undefined) {
          const upload = new Upload({ client, params: { ...target, Body: body }, queueSize: 2, partSize: PART_BYTES })
          signal.addEventListener('abort', () => void upload.abort(), { once: true })
          await upload.done()
        } else {
          const pieces = Readable.from(inLargePieces(body))
          await client.send(new PutObjectCommand({ ...target, Body: pieces, ContentLength: size }), {
            abortSignal: signal,
          })
        }
      })
    },
    async get({ key, type, size }) {
      const { Body } = await withAttributes({ 'file.size': size, 'file.type': type }, () =>
        client.send(new GetObjectCommand({ Bucket: bucket, Key: key })),
      )
      if (!(Body instanceof Readable)) throw new Error(`storage answered without a file for ${key}`)
      return Body
    },
    async remove({ key, type, size }) {
      await withAttributes({ 'file.size': size, 'file.type': type }, () =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key })),
      )
    },
    close: () => client.destroy(),
  }
}
