import { randomUUID } from 'node:crypto'
import { Client } from 'pg'
import { type Postgres, startPostgres } from '../../src/embedded/postgres.ts'
import { createRunFolder } from '../../src/embedded/run-folder.ts'
import { Secret } from '../../src/shared/secret.ts'

/** One PostgreSQL for a test file, with as many empty databases as it wants. */
export interface Databases {
  readonly server: Postgres
  /** The address of a new, empty database. */
  fresh(): Promise<Secret>
  stop(): Promise<void>
}

export async function startDatabases(): Promise<Databases> {
  const folder = await createRunFolder('store-test')
  const server = await startPostgres({ folder: folder.path })
  return {
    server,
    async fresh() {
      const name = `t${randomUUID().replaceAll('-', '')}`
      await query(new Secret(server.url('postgres')), `create database ${name}`)
      return new Secret(server.url(name))
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
