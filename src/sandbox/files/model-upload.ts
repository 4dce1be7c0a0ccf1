import { createHash } from 'node:crypto'
import { type Readable, Transform } from 'node:stream'
import type { ModelFile } from '../broker/messages.ts'
import { names } from '../names/names.ts'
import { Refusal } from '../service/refusal.ts'
import type { Storage } from './storage-client.ts'

export const MAX_MODEL_BYTES = 256 * 1024 * 1024

const MODEL_TYPES: readonly string[] = [
  'model/stl',
  'model/obj',
  'model/3mf',
  'model/gltf-binary',
  'application/octet-stream',
]

/** What the sender says about the file. */
export interface ModelHead {
  readonly orderId: string
  /** Put before the key, `synthetic/` for test orders. */
  readonly prefix: string
  readonly fileName: string
  readonly type: string
  /** From `Content-Length`; undefined when the sender does not know yet. */
  readonly size: number | undefined
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

const one = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The folder a model is kept under: the one the sender names, else `synthetic/` for a test order. */
export function storagePrefix(headers: Headers, synthetic: boolean): string {
  const prefix = one(headers, 'x-storage-prefix') ?? (synthetic ? names.storage.say('synthetic/') : '')
  if (!/^([a-z0-9-]+\/)?$/.test(prefix)) {
    throw new Refusal(400, 'X-Storage-Prefix must be one lower-case folder such as synthetic/.')
  }
  return prefix
}

/** Reads the head of an upload from its HTTP headers. */
export function readModelHead(orderId: string, headers: Headers, synthetic: boolean): ModelHead {
  const type = (one(headers, 'content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
  if (!MODEL_TYPES.includes(type)) {
    const sent = type === '' ? 'nothing' : type.slice(0, 100)
    throw new Refusal(415, `A model must be sent as one of ${MODEL_TYPES.join(', ')}, not as ${sent}.`)
  }
  const declared = one(headers, 'content-length')
  const size = declared === undefined ? undefined : Number(declared)
  if (size === 0) throw new Refusal(400, 'The model is empty.')
  if (size !== undefined && size > MAX_MODEL_BYTES) throw tooLarge()
  const fileName = safeName(one(headers, 'x-file-name'))
  return { orderId, prefix: storagePrefix(headers, synthetic), fileName, type, size }
}

const tooLarge = () => new Refusal(413, `A model may have at most ${MAX_MODEL_BYTES / 1024 / 1024} MB.`)

function safeName(given: string | undefined): string {
  let decoded = given ?? 'model'
  try {
    decoded = decodeURIComponent(decoded)
  } catch {
    // Not percent-encoded: taken as it is.
  }
  const name = decoded
    .replaceAll(/[^\w.-]+/g, '_')
    .replace(/^\.+/, '')
    .slice(-80)
  return name === '' ? 'model' : name
}

/** The session in which a model was sent has ended before the storage had all of it. */
class UploadExpired extends Error {
  constructor(limitMs: number) {
    super(`the upload was dropped: the session expired after ${limitMs / 1000} s`)
    this.name = 'UploadExpired'
  }
}

/**
 * Streams a model into storage in constant memory, measuring and hashing it on the way; the object keeps the order's reference.
 * What takes longer than `limitMs` is cut off.
 */
export async function storeModel(
  storage: Storage,
  head: ModelHead & { readonly reference: string },
  source: Readable,
  limitMs: number,
): Promise<ModelFile> {
  const key = `${head.prefix}${names.storage.say('orders')}/${head.orderId}/${head.fileName}`
  const hash = createHash('sha256')
  const cutOff = new AbortController()
  let size = 0
  const measured = new Transform({
    transform(part: Buffer, _, done) {
      size += part.length
      if (size > MAX_MODEL_BYTES) return done(tooLarge())
      hash.update(part)
      done(null, part)
    },
  })
  let failure: unknown
  const fail = (error: unknown) => {
    failure ??= error
    cutOff.abort()
    measured.destroy()
  }
  source.on('error', () => fail(new Refusal(400, 'The upload was cut off.')))
  source.once('close', () => {
    if (!source.readableEnded) fail(new Refusal(400, 'The upload was cut off.'))
  })
  measured.on('error', fail)
  const session = setTimeout(() => fail(new UploadExpired(limitMs)), limitMs)
  const { type, size: declared, reference } = head
  try {
    await storage.put({ key, type, size: declared, reference }, source.pipe(measured), cutOff.signal)
  } catch (error) {
    throw failure ?? error
  } finally {
    clearTimeout(session)
  }
  if (size === 0) throw new Refusal(400, 'The model is empty.')
  return { key, size, type: head.type, sha256: hash.digest('hex') }
}
