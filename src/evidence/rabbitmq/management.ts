import * as http from 'node:http'
import * as https from 'node:https'
import type { Secret } from '../../shared/secret.ts'
import { delay } from '../../shared/wait.ts'

/** What the management API said. `body` is parsed JSON, null where there was none. */
export type ManagementAnswer =
  | { readonly outcome: 'answered'; readonly status: number; readonly body: unknown }
  | { readonly outcome: 'unavailable'; readonly why: string }

/** The management API of one broker, asked within bounds of time, size and rate. Never rejects. */
export interface Management {
  get(path: string): Promise<ManagementAnswer>
  put(path: string, body: Readonly<Record<string, unknown>>): Promise<ManagementAnswer>
  close(): void
}

export interface ManagementOptions {
  /** Base URL with user and password. */
  readonly url: Secret
  /** Certificates (PEM) that are trusted instead of the system's; null: the system's. */
  readonly ca: string | null
}

const TIMEOUT_MS = 3_000
const MAX_BODY_BYTES = 8 * 1024 * 1024
/** Twenty questions a second at most, but a few at once. */
const SPACING_MS = 50
const AT_ONCE = 10

export function createManagement({ url, ca }: ManagementOptions): Management {
  const base = new URL(url.reveal())
  const auth = `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`
  const secure = base.protocol === 'https:'
  const agent = secure
    ? new https.Agent({ keepAlive: true, maxSockets: 2, ...(ca === null ? {} : { ca }) })
    : new http.Agent({ keepAlive: true, maxSockets: 2 })
  const closing = new AbortController()
  let freeAt = 0

  const turn = async () => {
    const now = performance.now()
    freeAt = Math.max(freeAt, now - AT_ONCE * SPACING_MS) + SPACING_MS
    if (freeAt > now) await delay(freeAt - now, closing.signal)
  }

  const send = (method: 'GET' | 'PUT', path: string, body: string | null): Promise<ManagementAnswer> =>
    new Promise((resolve) => {
      // For the whole answer: one that comes byte by byte never lets the connection rest.
      const overdue = AbortSignal.timeout(TIMEOUT_MS)
      const fail = (why: string) =>
        resolve({ outcome: 'unavailable', why: overdue.aborted ? `no whole answer within ${TIMEOUT_MS} ms` : why })
      const headers: http.OutgoingHttpHeaders = { accept: 'application/json' }
      if (body !== null)
        Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      const target = new URL(`api/${path}`, base.href.endsWith('/') ? base.href : `${base.href}/`)
      const options = { agent, method, auth, headers, signal: AbortSignal.any([closing.signal, overdue]) }
      target.username = ''
      target.password = ''
      const request = (secure ? https : http).request(target, options, (response) => {
        const chunks: Buffer[] = []
        let bytes = 0
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length
          if (bytes > MAX_BODY_BYTES) request.destroy(new Error('the management API answered too much'))
          else chunks.push(chunk)
        })
        response.on('error', (error) => fail(error.message))
        response.on('end', () => {
          const read = jsonOf(Buffer.concat(chunks).toString('utf8'))
          if (read === undefined) fail('the management API answered something that is no JSON')
          else resolve({ outcome: 'answered', status: response.statusCode ?? 0, body: read })
        })
      })
      request.on('error', (error) => fail(`the management API cannot be reached: ${error.message}`))
      request.end(body ?? undefined)
    })

  const ask = async (method: 'GET' | 'PUT', path: string, body: string | null): Promise<ManagementAnswer> => {
    try {
      await turn()
      return await send(method, path, body)
    } catch (error) {
      return { outcome: 'unavailable', why: error instanceof Error ? error.message : String(error) }
    }
  }

  return {
    get: (path) => ask('GET', path, null),
    put: (path, body) => ask('PUT', path, JSON.stringify(body)),
    close: () => {
      closing.abort()
      agent.destroy()
    },
  }
}

function jsonOf(text: string): unknown {
  if (text.trim() === '') return null
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}
