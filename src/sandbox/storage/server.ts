import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { WaybillError } from '../../shared/errors.ts'
import type { Context } from './context.ts'
import { type ObjectStore, openObjectStore } from './object-store.ts'
import { routeOf } from './routes.ts'
import { type Credentials, verifySignature } from './signature.ts'
import { asStorageError, refusal, StorageError } from './storage-error.ts'
import { createUploads, type Uploads } from './uploads.ts'
import { xmlError } from './xml.ts'

/** How a storage server is set up. */
export interface StorageServerOptions extends Credentials {
  /** Where the objects lie. */
  readonly folder: string
  /** Any free port when left out or 0. */
  readonly port?: number
  /** Loopback when left out. */
  readonly host?: string
  /** Buckets that are there from the start. */
  readonly buckets?: readonly string[]
  readonly region?: string
  /** Largest single object or part. Default 5 GiB, as S3. */
  readonly maxObjectBytes?: number
  /** Size of the whole store. Unlimited when left out. */
  readonly capacityBytes?: number
  readonly nowMs?: () => number
  /** Stands before the routes; may change a request or refuse it. */
  readonly arrange?: (context: Context) => Context
}

/** A running storage server. */
export interface StorageServer {
  /** Base URL for clients, which must address buckets by path. */
  readonly endpoint: string
  /** Closes it, cutting requests under way. May be called again. */
  stop(): Promise<void>
}

const FIVE_GIB = 5 * 1024 ** 3
const KEY_LIMIT_BYTES = 1024
const REQUEST_LIMIT_MS = 30 * 60_000
/** Longer than clients leave a connection idle: one that is closed as a file is sent over it fails an upload that cannot be sent again. */
const KEEP_ALIVE_MS = 10 * 60_000

/** Starts an S3 server over a folder. */
export async function startStorageServer(options: StorageServerOptions): Promise<StorageServer> {
  const { host = '127.0.0.1', port = 0, region = 'us-east-1', nowMs = Date.now } = options
  const limits = {
    maxObjectBytes: options.maxObjectBytes ?? FIVE_GIB,
    capacityBytes: options.capacityBytes ?? Number.POSITIVE_INFINITY,
  }
  const store = await openObjectStore(options.folder, limits, nowMs)
  const existing = store.buckets().map((bucket) => bucket.name)
  for (const bucket of options.buckets ?? []) {
    if (!existing.includes(bucket)) await store.createBucket(bucket)
  }
  const arrange = options.arrange ?? ((context: Context) => context)
  const setup = { credentials: options, store, uploads: createUploads(), region, nowMs, arrange }
  const server = createServer({
    requestTimeout: REQUEST_LIMIT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: 32 * 1024,
  })
  server.on('request', (request, response) => void handle(setup, request, response, false))
  // The body of a refused upload need never be sent.
  server.on('checkContinue', (request, response) => void handle(setup, request, response, true))

  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new WaybillError({
          code: cause.code === 'EADDRINUSE' ? 'port-in-use' : 'part-failed',
          message: `The storage server cannot listen on ${host}:${port}: ${cause.message}.`,
          hint: 'Choose another port, or 0 for any.',
          cause,
        }),
      ),
    )
    server.listen(port, host, resolve)
  })
  const address = server.address()
  const actualPort = typeof address === 'object' && address !== null ? address.port : port
  let stopping: Promise<void> | undefined
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return {
    endpoint: `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`,
    stop: () => (stopping ??= stop()),
  }
}

interface Setup {
  readonly credentials: Credentials
  readonly store: ObjectStore
  readonly uploads: Uploads
  readonly region: string
  readonly nowMs: () => number
  readonly arrange: (context: Context) => Context
}

async function handle(
  setup: Setup,
  request: IncomingMessage,
  response: ServerResponse,
  waitsToSend: boolean,
): Promise<void> {
  const requestId = randomBytes(8).toString('hex').toUpperCase()
  response.setHeader('x-amz-request-id', requestId)
  response.setHeader('server', 'waybill-sandbox-storage')
  request.on('error', () => {})
  try {
    const signed = verifySignature(request, setup.credentials, setup.nowMs())
    const { bucket, key, query } = address(request)
    const context = setup.arrange({
      ...setup,
      request,
      response,
      signed,
      bucket,
      key,
      query,
      body: async function* () {
        if (waitsToSend) response.writeContinue()
        yield* request.iterator({ destroyOnReturn: false })
      },
    })
    await routeOf(context)(context)
    if (!request.complete) request.resume()
  } catch (thrown) {
    sendError(request, response, asStorageError(thrown), requestId)
  }
}

function address(request: IncomingMessage): { bucket: string; key: string; query: URLSearchParams } {
  const raw = request.url ?? '/'
  const at = raw.indexOf('?')
  const path = at < 0 ? raw : raw.slice(0, at)
  const [, bucket = '', ...rest] = path.split('/').map(decodeURIComponent)
  const key = rest.join('/')
  if (Buffer.byteLength(key) > KEY_LIMIT_BYTES) throw new StorageError(400, 'KeyTooLongError', 'Your key is too long.')
  if (key.includes('\0')) throw refusal.invalidArgument('A key must not hold a zero byte.')
  return { bucket, key, query: new URLSearchParams(at < 0 ? '' : raw.slice(at + 1)) }
}

function sendError(request: IncomingMessage, response: ServerResponse, error: StorageError, requestId: string): void {
  if (response.headersSent) {
    // Too late to say anything: a cut connection is the only honest end of a body that cannot be completed.
    response.destroy()
    return
  }
  const text = xmlError([
    ['Code', error.code],
    ['Message', error.message],
    ...error.details,
    ['Resource', request.url ?? '/'],
    ['RequestId', requestId],
  ])
  response.writeHead(error.status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(text),
    // What is left of the body is not waited for, so the connection cannot be used again.
    ...(request.complete ? {} : { connection: 'close' }),
  })
  response.end(request.method === 'HEAD' ? undefined : text)
  if (!request.complete) request.resume()
}
