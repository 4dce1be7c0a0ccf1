import type { EvidenceLog } from '../evidence/log/evidence-log.ts'
import { createReleaseStack } from '../shared/release.ts'
import { createDatabase, type DatabaseOptions } from './database.ts'
import { takeLease } from './lease.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { migrate } from './migrate.ts'
import { createRuns, type Runs } from './runs.ts'
import { createStoreLog } from './store-log.ts'

export interface StoreOptions extends DatabaseOptions {
  /** How long after this process has died its orders count as abandoned. Default 15 s. */
  readonly leaseMs?: number
}

/** Everything that outlives a run. */
export interface Store {
  readonly ledger: Ledger
  readonly runs: Runs
  readonly evidence: EvidenceLog
  /** Waits for what is under way, gives up the care for open orders and all connections. Idempotent. */
  close(): Promise<void>
}

const LEASE_MS = 15_000
/** A database that is away at the start is more likely named wrongly than about to come back. */
const OPEN_PATIENCE_MS = 2_000

/** Connects, brings the tables up to date and begins to care for orders. Throws `store-unavailable` with what to do. */
export async function openStore({ leaseMs = LEASE_MS, ...options }: StoreOptions): Promise<Store> {
  const database = createDatabase(options)
  const release = createReleaseStack()
  release.push('connections to the store', () => database.close())
  try {
    await database.attempt((tables) => migrate(tables), OPEN_PATIENCE_MS)
    const lease = await takeLease(database, leaseMs)
    release.push('lease', () => lease.release())
    const evidence = createStoreLog(database)
    release.push('evidence log', () => evidence.close())
    return {
      ledger: createLedger(database, lease.holder),
      runs: createRuns(database),
      evidence,
      close: () => release.drain(),
    }
  } catch (error) {
    await release.drain()
    throw error
  }
}
