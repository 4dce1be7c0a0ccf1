import { Kysely, PostgresDialect } from 'kysely'
import { Pool } from 'pg'
import { asWaybillError, WaybillError } from '../shared/errors.ts'
import { redactUrl, type Secret } from '../shared/secret.ts'
import { delay } from '../shared/wait.ts'
import { STORE_SCHEMA, type StoreTables } from './schema.ts'
import { storeUnavailable, troubleOf } from './trouble.ts'

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly databaseUrl: Secret
  /** Ends waiting for a database that is away. */
  readonly signal?: AbortSignal
  /** How long a statement is repeated while the database is away. Default 10 s. */
  readonly patienceMs?: number
}

/** The pool of connections to the store. */
export interface Database {
  readonly tables: Kysely<StoreTables>
  /** Where it is, without secrets. */
  readonly place: string
  /**
   * Runs work that may be repeated: it is, on a new connection, while the database is away and patience lasts. A statement whose
   * answer was lost may have been carried out, so `work` must know its own traces. `limitMs` shortens the patience.
   */
  attempt<T>(work: (tables: Kysely<StoreTables>) => Promise<T>, limitMs?: number): Promise<T>
  close(): Promise<void>
}

const CONNECTIONS = 6
const CONNECT_LIMIT_MS = 5000
const STATEMENT_LIMIT_MS = 30_000
const PATIENCE_MS = 10_000
const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 1000

/** Throws `bad-configuration` when the address is none; connects on first use only. */
export function createDatabase({ databaseUrl, signal, patienceMs = PATIENCE_MS }: DatabaseOptions): Database {
  const place = placeOf(databaseUrl)
  const pool = new Pool({
    connectionString: databaseUrl.reveal(),
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    query_timeout: STATEMENT_LIMIT_MS,
    keepAlive: true,
    application_name: 'waybill',
  })
  // A connection that breaks is replaced. Whoever uses it hears of it from the statement; its own event, which comes as well, would
  // end the process if nobody listened.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', () => {})
  const kysely = new Kysely<StoreTables>({ dialect: new PostgresDialect({ pool }) })
  const tables = kysely.withSchema(STORE_SCHEMA)
  let closing: Promise<void> | undefined

  const checkOpen = () => {
    if (closing !== undefined)
      throw new WaybillError({ code: 'store-unavailable', place, message: 'The store is closed.' })
  }

  return {
    tables,
    place,
    async attempt(work, limitMs = patienceMs) {
      const giveUpAt = performance.now() + Math.min(limitMs, patienceMs)
      for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        checkOpen()
        try {
          return await work(tables)
        } catch (error) {
          const trouble = troubleOf(error)
          if (trouble.kind === 'defect') throw asWaybillError(error)
          if (trouble.kind === 'lasting' || performance.now() + pause > giveUpAt) {
            throw storeUnavailable(trouble, place, error)
          }
        }
        await delay(pause, signal).catch((cause: unknown) => {
          throw new WaybillError({ code: 'stopped', place, message: 'Waiting for the database was stopped.', cause })
        })
      }
    },
    close: () => (closing ??= kysely.destroy()),
  }
}

const placeOf = (databaseUrl: Secret): string => {
  const url = URL.parse(databaseUrl.reveal())
  if (url !== null && /^postgres(ql)?:$/.test(url.protocol)) {
    // The query may name a password too.
    url.search = ''
    return redactUrl(url.toString())
  }
  throw new WaybillError({
    code: 'bad-configuration',
    place: 'DATABASE_URL',
    message: 'The address of the store is none.',
    expected: 'postgres://user:password@host:port/database',
    hint: 'Mend it, or leave it out to use the embedded database.',
  })
}
