import type { StatusUnavailable } from '../fact.ts'

/** Why a database did not answer. */
export type Trouble = Pick<StatusUnavailable, 'why' | 'detail'>

const NOBODY_THERE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
])
/** `query_canceled` (statement_timeout), `lock_not_available` (lock_timeout). */
const TOO_SLOW: ReadonlySet<string> = new Set(['57014', '55P03'])
/** What the driver says of its own limits; it gives them no code. */
const DRIVER_TIMEOUT =
  /^(timeout exceeded when trying to connect|Query read timeout|Connection terminated due to connection timeout)/
const LONGEST_DETAIL = 200

const field = (thrown: unknown, name: string): string => {
  const value: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined
  return typeof value === 'string' ? value : ''
}

/** Classifies what the driver throws. The detail says no more than the server's own first line. */
export function troubleOf(thrown: unknown): Trouble {
  const errors: readonly unknown[] = thrown instanceof AggregateError ? thrown.errors : [thrown]
  const code = errors.map((error) => field(error, 'code')).find((each) => each !== '') ?? ''
  const message = (field(thrown, 'message').split('\n')[0] ?? '').slice(0, LONGEST_DETAIL)
  if (NOBODY_THERE.has(code)) return { why: 'refused', detail: `cannot be reached (${code})` }
  if (TOO_SLOW.has(code) || code === 'ETIMEDOUT' || DRIVER_TIMEOUT.test(message)) {
    return { why: 'timeout', detail: message === '' ? `timed out (${code})` : message }
  }
  return { why: 'error', detail: code === '' ? message : `${message} (${code})` }
}
