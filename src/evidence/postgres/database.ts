import pg from 'pg'
import type { DatabaseAccess } from './settings.ts'

/** One database that is read and never written. */
export interface Database {
  /** One statement that commits by itself. Rejects with the driver's error, after at most twice the limit. */
  read(sql: string, values: readonly unknown[]): Promise<readonly Readonly<Record<string, unknown>>[]>
  close(): Promise<void>
}

/** Watching touches little: two connections for all questions to one database. */
const CONNECTIONS = 2
const IDLE_MS = 10_000
const LONGEST_LOCK_WAIT_MS = 200

/**
 * Connects when first asked. Whatever the role may do, the session may only read; the server itself gives up a statement after
 * `timeoutMs`, and the driver a little later, where the server says nothing any more.
 */
export function openDatabase({ url }: DatabaseAccess, timeoutMs: number): Database {
  const pool = new pg.Pool({
    connectionString: url.reveal(),
    max: CONNECTIONS,
    idleTimeoutMillis: IDLE_MS,
    connectionTimeoutMillis: timeoutMs,
    query_timeout: timeoutMs + LONGEST_LOCK_WAIT_MS,
    statement_timeout: timeoutMs,
    lock_timeout: Math.min(LONGEST_LOCK_WAIT_MS, timeoutMs),
    application_name: 'waybill-monitor',
    options: '-c default_transaction_read_only=on',
    allowExitOnIdle: true,
  })
  // A connection that dies at rest is replaced by the next question; without a listener it would end the process.
  pool.on('error', () => {})
  return {
    read: async (sql, values) => (await pool.query<Record<string, unknown>>(sql, [...values])).rows,
    close: () => pool.end(),
  }
}
