import type { QueryResultRow } from 'pg'
import type { Database } from './pool.ts'

/** Runs one statement in a transaction that ends with its connection instead of a commit: the rows answered are never there. */
export async function runUncommitted<R extends QueryResultRow>(
  database: Database,
  sql: string,
  values: readonly unknown[],
): Promise<readonly R[]> {
  const client = await database.connect()
  try {
    await client.query('BEGIN')
    const { rows } = await client.query<R>(sql, [...values])
    return rows
  } finally {
    client.release(true)
  }
}
