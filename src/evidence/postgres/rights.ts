import type { Database } from './database.ts'
import { troubleOf } from './trouble.ts'

/** What the role of a connection may do besides reading. Nothing is tried: the catalogue tells. */
export type Rights =
  | {
      readonly state: 'told'
      readonly role: string
      readonly superuser: boolean
      /** Tables it may write to, the first few by name. */
      readonly writable: readonly string[]
    }
  | { readonly state: 'unavailable'; readonly why: string }

const TABLES_SHOWN = 5

const QUESTION = `SELECT current_user::text AS role,
    (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS superuser,
    ARRAY(
      SELECT format('%I.%I', n.nspname, c.relname)
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
      ORDER BY 1 LIMIT ${TABLES_SHOWN}
    ) AS writable`

/** Asks whether the role could write. */
export async function askRights(database: Database): Promise<Rights> {
  try {
    const [row] = await database.read(QUESTION, [])
    const writable: unknown = row?.writable
    return {
      state: 'told',
      role: String(row?.role),
      superuser: row?.superuser === true,
      writable: Array.isArray(writable) ? writable.map(String) : [],
    }
  } catch (error) {
    return { state: 'unavailable', why: troubleOf(error).detail }
  }
}
