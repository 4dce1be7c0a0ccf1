import type { ColumnType, Generated } from 'kysely'

/** All tables live in a PostgreSQL schema of this name, so that a database may be shared with others. */
export const STORE_SCHEMA = 'waybill'

/** Nanoseconds on the monitor's clock: `bigint` in the database, decimal text on the wire. */
type NanosColumn = ColumnType<string, string, string>

export type OrderState = 'entered' | 'placing' | 'placed' | 'finished' | 'cleaned'

/** A process that keeps orders, and until when it is taken to be alive. */
interface HolderTable {
  holder: string
  leased_until: ColumnType<Date, Date, Date>
}

/** The ledger: one row for each order, made before the order is created. */
export interface LedgerTable {
  key: string
  external_reference: string
  flow: string
  probe: string
  run: string
  until: string | null
  slot: string | null
  entered_at: NanosColumn
  place_within_ms: number
  state: OrderState
  holder: string
  /** How often placing was begun. */
  attempts: Generated<number>
  /** The call that began the last attempt, by which a repeated statement knows its own work. */
  attempt: string | null
  /** `json` and not `jsonb`: the ids are foreign text and kept exactly, whatever characters they hold. */
  order_ids: ColumnType<string[], string | undefined, string>
  verdict: string | null
  revision: number | null
}

/** One execution of a probe, with the verdict document of its latest revision. */
interface RunTable {
  run: string
  probe: string
  slot: string | null
  started_at: NanosColumn
  ended_at: ColumnType<string | null, string | null, string>
  verdict: string | null
  revision: number | null
  document: ColumnType<unknown, string | null, string>
}

/** The evidence log, one row for each record. */
interface EvidenceTable {
  seq: Generated<string>
  /** The run's name as a JSON string, which holds any text. */
  run: string
  fingerprint: Buffer
  line: string
}

export interface StoreTables {
  holder: HolderTable
  ledger: LedgerTable
  run: RunTable
  evidence: EvidenceTable
}
