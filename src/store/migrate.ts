import { type Kysely, sql } from 'kysely'
import { WaybillError } from '../shared/errors.ts'
import { MIGRATIONS, type Migration } from './migrations.ts'
import { STORE_SCHEMA, type StoreTables } from './schema.ts'

/** Any number that no other user of the database is likely to lock. */
const MIGRATION_LOCK = 7_746_271_882_310_014n

/**
 * Brings the tables to the newest version, in one transaction under an advisory lock, so that of two starters one migrates and the
 * other finds the work done. Refuses tables of a later version of Waybill.
 */
export async function migrate(db: Kysely<StoreTables>, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`select pg_advisory_xact_lock(${String(MIGRATION_LOCK)}::bigint)`.execute(tx)
    await sql`create schema if not exists ${sql.id(STORE_SCHEMA)}`.execute(tx)
    await sql`set local search_path to ${sql.id(STORE_SCHEMA)}`.execute(tx)
    await sql`create table if not exists migration (
      version integer primary key, name text not null, applied_at timestamptz not null default now()
    )`.execute(tx)
    const applied = await sql<{ version: number | null }>`select max(version) as version from migration`.execute(tx)
    const version = applied.rows[0]?.version ?? 0
    if (version > migrations.length) {
      throw new WaybillError({
        code: 'store-unavailable',
        message: 'The store was written by a later version of Waybill.',
        expected: `tables of version ${migrations.length} or earlier`,
        actual: `version ${version}`,
        hint: 'Run that version, or name another database.',
      })
    }
    for (const [index, { name, sql: statements }] of migrations.entries()) {
      if (index < version) continue
      await sql.raw(statements).execute(tx)
      await sql`insert into migration (version, name) values (${index + 1}, ${name})`.execute(tx)
    }
  })
}
