import type pg from 'pg'
import type { Log } from '../service/log.ts'
import type { ServiceSettings } from '../service/settings.ts'
import { required } from '../service/settings.ts'
import { BoundPool } from './bound-pool.ts'
import { DatabaseClient } from './client.ts'

const CONNECTIONS = 8

export type Database = pg.Pool

/** The service's connection pool; a lost idle connection is logged and replaced. */
export function openDatabase(settings: ServiceSettings, log: Log): Database {
  const url = required(settings.databaseUrl, 'SANDBOX_DATABASE_URL').reveal()
  const pool = new BoundPool({
    connectionString: url,
    max: CONNECTIONS,
    application_name: settings.service,
    connectionTimeoutMillis: 5_000,
    Client: DatabaseClient,
  })
  // A connection that ends while a transaction has it tells the transaction; its own event, which comes as well, would end the process if nobody listened.
  pool.on('connect', (client) => client.on('error', () => {}))
  pool.on('error', (error) => log.warn({ reason: error.message }, 'database connection lost'))
  return pool
}
