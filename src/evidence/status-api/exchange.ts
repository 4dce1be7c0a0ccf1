import * as http from 'node:http'
import * as https from 'node:https'
import type { Clock } from '../../shared/clock.ts'
import type { UnixNanos } from '../../shared/units.ts'

/** What came of one request. */
export type Outcome =
  | { readonly got: 'answer'; readonly httpStatus: number; readonly body: string }
  | { readonly got: 'refused' | 'timeout' | 'error' | 'nonsense'; readonly detail: string }
  | { readonly got: 'stale-connection' }
  | { readonly got: 'stopped' }

/** One request and when it was under way, on the monitor's clock. */
export interface Exchange {
  readonly sentAt: UnixNanos
  readonly endedAt: UnixNanos
  readonly outcome: Outcome
}

export interface ExchangeOptions {
  readonly agent: http.Agent
  readonly clock: Clock
  readonly timeoutMs: number
  readonly maxBodyBytes: number
  readonly signal: AbortSignal
}

const NOBODY_THERE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'EHOSTDOWN',
])

/**
 * Sends one GET and reads its answer within bounds of time and size. Never rejects.
 *
 * `sentAt` is taken when the connection stands and before the request is written on it, so that the interval is as narrow as
 * can be proven and setting up a connection does not widen it:
 *
 *     connect ……… | sentAt   request → server reads its status → answer   endedAt |
 */
export function exchange(
  base: URL,
  path: string,
  headers: http.OutgoingHttpHeaders,
  options: ExchangeOptions,
): Promise<Exchange> {
  const { agent, clock, timeoutMs, maxBodyBytes, signal } = options
  return new Promise((resolve) => {
    let sentAt = clock.now()
    let ended = false
    const end = (outcome: Outcome) => {
      if (ended) return
      ended = true
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve({ sentAt, endedAt: clock.now(), outcome })
    }
    const give = (outcome: Outcome) => {
      end(outcome)
      request.destroy()
    }
    const stop = () => give({ got: 'stopped' })

    const send = base.protocol === 'https:' ? https.request : http.request
    const request = send({
      agent,
      host: base.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: base.port === '' ? undefined : base.port,
      auth:
        base.username === '' ? undefined : `${decodeURIComponent(base.username)}:${decodeURIComponent(base.password)}`,
      path,
      headers,
    })
    const timer = setTimeout(
      () => give({ got: 'timeout', detail: `no whole answer within ${timeoutMs} ms` }),
      timeoutMs,
    )
    signal.addEventListener('abort', stop, { once: true })

    request.on('socket', (socket) => {
      const connected = () => {
        sentAt = clock.now()
      }
      if (socket.connecting) socket.once('connect', connected)
      else connected()
    })
    request.on('error', (error: NodeJS.ErrnoException) => end(failure(error, request.reusedSocket)))
    request.on('response', (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > maxBodyBytes) give({ got: 'nonsense', detail: `answered more than ${maxBodyBytes} bytes` })
        else chunks.push(chunk)
      })
      response.on('error', (error: NodeJS.ErrnoException) => end(failure(error, false)))
      response.on('end', () =>
        end({ got: 'answer', httpStatus: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
      )
    })
    request.end()
    if (signal.aborted) stop()
  })
}

const failure = (error: NodeJS.ErrnoException, reused: boolean): Outcome => {
  const code = error.code ?? ''
  if (reused && (code === 'ECONNRESET' || code === 'EPIPE')) return { got: 'stale-connection' }
  if (NOBODY_THERE.has(code)) return { got: 'refused', detail: `cannot be reached (${code})` }
  if (code.startsWith('HPE_')) return { got: 'nonsense', detail: `answered something that is no HTTP (${code})` }
  return { got: 'error', detail: `connection failed (${code === '' ? error.name : code})` }
}
