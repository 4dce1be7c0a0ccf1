import { Client } from 'pg'
import { type Postgres, startPostgres } from '../../src/embedded/postgres.ts'
import { createRunFolder } from '../../src/embedded/run-folder.ts'
import { Secret } from '../../src/shared/secret.ts'

/** One PostgreSQL for a test file. */
export interface Databases {
  readonly server: Postgres
  /** The address of a database emptied of what the test before left in it, which costs a fraction of a new one. */
  fresh(): Promise<Secret>
  stop(): Promise<void>
}

export async function startDatabases(): Promise<Databases> {
  const folder = await createRunFolder('store-test')
  const server = await startPostgres({ folder: folder.path })
  await query(new Secret(server.url('postgres')), 'create database tests')
  const url = new Secret(server.url('tests'))
  return {
    server,
    async fresh() {
      await query(url, 'drop schema if exists waybill cascade')
      return url
    },
    async stop() {
      await server.stop()
      await folder.release()
    },
  }
}

/** One statement on a connection of its own. */
export async function query(
  url: Secret,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url.reveal() })
  await client.connect()
  try {
    return (await client.query(sql, [...values])).rows
  } finally {
    await client.end()
  }
}
