import type { RequestMade } from '../evidence/fact.ts'

/** Why no answer came, in the words of the fact. */
export type RequestFailure = NonNullable<RequestMade['failure']>

const REFUSED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'])
const TIMED_OUT = new Set(['ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'])

/** Class of what `fetch` threw; everything that broke an open connection counts as a reset. */
export function classifyFetchError(error: unknown): RequestFailure {
  if (error instanceof Error && error.name === 'TimeoutError') return 'timeout'
  const code = codeOf(error) ?? codeOf(error instanceof Error ? error.cause : undefined) ?? ''
  if (REFUSED.has(code)) return 'refused'
  return TIMED_OUT.has(code) ? 'timeout' : 'reset'
}

/** Class of a browser's network error text (`net::ERR_…`). */
export function classifyBrowserError(errorText: string): RequestFailure {
  if (/CONNECTION_REFUSED|NAME_NOT_RESOLVED|ADDRESS_UNREACHABLE|INTERNET_DISCONNECTED/.test(errorText)) return 'refused'
  // A page that aborts its own request has given up waiting for the answer.
  return /TIMED_OUT|ERR_ABORTED/.test(errorText) ? 'timeout' : 'reset'
}

const SAID: Readonly<Record<RequestFailure, string>> = {
  refused: 'could not be reached',
  timeout: 'gave no answer in time',
  reset: 'broke the connection',
}

/** One sentence about a request that was not answered as it should. */
export function sayRequest(told: {
  readonly system: string
  readonly method: string
  readonly path: string
  readonly httpStatus: number | null
  readonly failure: RequestFailure | null
  readonly detail?: string
}): string {
  const request = `${told.method} ${told.path}`
  const tail = told.detail === undefined || told.detail === '' ? '' : ` (${told.detail})`
  if (told.httpStatus !== null) return `${told.system} answered ${told.httpStatus} to ${request}${tail}.`
  return `${told.system} ${SAID[told.failure ?? 'reset']} for ${request}${tail}.`
}

function codeOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('code' in value)) return undefined
  return typeof value.code === 'string' ? value.code : undefined
}
