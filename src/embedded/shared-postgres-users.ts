import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { WaybillError } from '../shared/errors.ts'
import { delay } from '../shared/wait.ts'
import { SUPERUSER } from './postgres.ts'
import { passwordOf, readServerState } from './shared-postgres-state.ts'

/**
 * Our membership among the users of a server: a session that holds a shared advisory lock. PostgreSQL takes it away by itself when we
 * die, so nobody has to count, and whoever gets the same lock for himself alone knows that he is the last.
 */
export interface Users {
  readonly client: pg.Client
  /** Ends our membership and tells whether nobody else is a user; if so, nobody can become one as long as our session lasts. */
  amLast(): Promise<boolean>
  leave(): Promise<void>
}

/** Any number nobody else locks in a database of ours. */
const USERS_LOCK = '7091325543'
const CONNECT_LIMIT_MS = 5000
const STOP_LIMIT_MS = 30_000
const DUPLICATE = new Set(['42P04', '23505'])

/** Becomes a user; `undefined` when the server is just going away, so that the caller looks again. */
export async function joinUsers(port: number, password: string): Promise<Users | undefined> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: SUPERUSER,
    password,
    database: 'postgres',
    application_name: `waybill ${process.pid}`,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    keepAlive: true,
  })
  // A session the server ends is noticed where the database is used, not here.
  client.on('error', () => {})
  const leave = () => client.end().catch(() => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ joined: boolean }>('SELECT pg_try_advisory_lock_shared($1) AS joined', [
      USERS_LOCK,
    ])
    if (rows[0]?.joined !== true) {
      await leave()
      return undefined
    }
  } catch (cause) {
    await leave()
    if (!isRefusal(cause)) return undefined
    throw new WaybillError({
      code: 'store-unavailable',
      message: `The database of the monitor refuses us: ${cause instanceof Error ? cause.message : String(cause)}.`,
      place: `127.0.0.1:${port}`,
      hint: 'Set DATABASE_URL to a PostgreSQL of your own, or move the folder of the embedded one away.',
      cause,
    })
  }
  const amLast = async () => {
    // Given up first: of two who leave at once each would otherwise hold the other back, and both would go.
    await client.query('SELECT pg_advisory_unlock_shared($1)', [USERS_LOCK])
    const { rows } = await client.query<{ last: boolean }>('SELECT pg_try_advisory_lock($1) AS last', [USERS_LOCK])
    return rows[0]?.last === true
  }
  return { client, amLast, leave }
}

/** Creates a database unless it is there; another may do so at the same moment. */
export async function ensureDatabase({ client }: Users, name: string): Promise<void> {
  const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
  if (rowCount !== 0) return
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`)
  } catch (error) {
    if (!DUPLICATE.has(codeOf(error))) throw error
  }
}

/**
 * Leaves, and stops the server when nobody else uses it. Without a membership of our own it joins first, only to ask.
 * Gives whether the server is gone.
 */
export async function stopIfUnused(folder: string, membership?: Users): Promise<boolean> {
  const state = await readServerState(folder)
  const users = membership ?? (await joinAgain(folder))
  if (users === undefined) return state.status === 'absent'
  try {
    if (state.status === 'absent') return true
    if (!(await users.amLast())) return false
    process.kill(state.pid, 'SIGINT')
    const deadline = performance.now() + STOP_LIMIT_MS
    while ((await readServerState(folder)).status !== 'absent' && performance.now() < deadline) await delay(10)
    return true
  } catch (error) {
    // Somebody else is stopping it.
    if (isRefusal(error)) throw error
    return true
  } finally {
    await users.leave()
  }
}

async function joinAgain(folder: string): Promise<Users | undefined> {
  const state = await readServerState(folder)
  if (state.status !== 'ready') return undefined
  return joinUsers(state.port, (await readFile(passwordOf(folder), 'utf8')).trim())
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

/**
 * A server that answers and says no. Anything else (not listening, starting, stopping, cut off in the middle: class 57 and what
 * has no SQLSTATE) passes by itself.
 */
const isRefusal = (error: unknown): boolean => /^(?!57)(?=.*\d)[0-9A-Z]{5}$/.test(codeOf(error))
