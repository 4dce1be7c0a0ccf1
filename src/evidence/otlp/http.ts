import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type Admits, listenError } from './access.ts'
import type { BodyReader } from './body.ts'
import type { Taken } from './intake.ts'
import { MalformedExport } from './malformed.ts'
import { REFUSAL_CODES, Refusal } from './refusal.ts'
import { CONTENT_TYPES, exportResponse, formOf, type OtlpForm, rpcStatus } from './reply.ts'

/** Takes the body of an export request; throws `MalformedExport`. */
type TakeBody = (form: OtlpForm, body: Buffer) => Taken

export interface HttpDoor {
  readonly host: string
  readonly port: number
  readonly tls: TlsFiles | undefined
  readonly admits: Admits
  readonly bodies: BodyReader
  readonly times: HttpTimes
  readonly maxConnections: number
  readonly takeSpans: TakeBody
  readonly takeLogs: TakeBody
  readonly takeMetrics: TakeBody
}

/** PEM text of the receiver's own certificate and key. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** How long a slow client is borne with, in milliseconds. */
export interface HttpTimes {
  readonly headersMs: number
  readonly requestMs: number
  readonly keepAliveMs: number
}

export interface OpenDoor {
  readonly address: string
  close(): Promise<void>
}

/** Where each signal is sent. */
const PATHS = { '/v1/traces': 'takeSpans', '/v1/logs': 'takeLogs', '/v1/metrics': 'takeMetrics' } as const
const isPath = (path: string): path is keyof typeof PATHS => Object.hasOwn(PATHS, path)
const RETRY_AFTER_S = 1
const MAX_HEADER_BYTES = 16_384
/** How long the rest of a refused body is read and thrown away, so that the client gets to read why. */
const DISCARD_MS = 2000

/** Listens for OTLP over HTTP, both forms on one port. */
export async function openHttp(door: HttpDoor): Promise<OpenDoor> {
  const settings = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: door.times.headersMs,
    requestTimeout: door.times.requestMs,
    keepAliveTimeout: door.times.keepAliveMs,
    connectionsCheckingInterval: Math.min(1000, door.times.headersMs),
  }
  const answerTo = (request: IncomingMessage, response: ServerResponse) => void answer(door, request, response)
  const server: Server =
    door.tls === undefined ? createServer(settings, answerTo) : createTlsServer({ ...settings, ...door.tls }, answerTo)
  server.maxConnections = door.maxConnections
  server.listen(door.port, door.host)
  try {
    await once(server, 'listening')
  } catch (cause) {
    throw listenError('HTTP', door.host, door.port, cause)
  }
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : door.port
  const host = door.host.includes(':') ? `[${door.host}]` : door.host
  return {
    address: `${door.tls === undefined ? 'http' : 'https'}://${host}:${port}`,
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(door: HttpDoor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const form = formOf(request.headers['content-type'])
  try {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    const take = checkHead(door, request, path)
    if (form === undefined) {
      throw new Refusal('wrong-type', `Send ${CONTENT_TYPES.protobuf} or ${CONTENT_TYPES.json}.`)
    }
    const taken = await door.bodies.read(request, isGzipped(request), (body) => take(form, body))
    send(response, 200, form, exportResponse(form, taken.rejected, taken.why))
  } catch (error) {
    refuse(request, response, form ?? 'json', asRefusal(error))
  }
}

/** Everything that can be refused before the body is read; returns what takes the body. */
function checkHead(door: HttpDoor, request: IncomingMessage, path: string): TakeBody {
  if (!isPath(path)) throw new Refusal('not-found', 'Send traces to /v1/traces.')
  if (request.method !== 'POST') throw new Refusal('wrong-method', 'Send a POST request.')
  if (!door.admits(request.headers.authorization))
    throw new Refusal('unauthenticated', 'The bearer token is missing or wrong.')
  return door[PATHS[path]]
}

function isGzipped(request: IncomingMessage): boolean {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? ''
  if (encoding === 'gzip') return true
  if (encoding === '' || encoding === 'identity') return false
  throw new Refusal('wrong-encoding', 'Send the body as it is or with Content-Encoding gzip.')
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  if (error instanceof MalformedExport) return new Refusal('malformed', error.message)
  return new Refusal('defect', 'The receiver failed to take the request.')
}

function send(response: ServerResponse, status: number, form: OtlpForm, body: Buffer): void {
  response.writeHead(status, { 'content-type': CONTENT_TYPES[form], 'content-length': body.length })
  response.end(body)
}

function refuse(request: IncomingMessage, response: ServerResponse, form: OtlpForm, refusal: Refusal): void {
  if (response.destroyed) return
  const codes = REFUSAL_CODES[refusal.kind]
  if (codes.http === 503) response.setHeader('retry-after', String(RETRY_AFTER_S))
  if (codes.http === 405) response.setHeader('allow', 'POST')
  if (codes.http === 401) response.setHeader('www-authenticate', 'Bearer')
  if (refusal.kind === 'wrong-encoding') response.setHeader('accept-encoding', 'gzip')
  if (!request.complete) discardRest(request, response)
  send(response, codes.http, form, rpcStatus(form, codes.rpc, refusal.message))
}

/** Reads on for a moment without keeping anything, then lets the connection go. */
function discardRest(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close')
  const timer = setTimeout(() => request.destroy(), DISCARD_MS)
  request.once('close', () => clearTimeout(timer))
  request.on('error', () => undefined)
  request.resume()
}
