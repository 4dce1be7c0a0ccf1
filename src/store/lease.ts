import { randomUUID } from 'node:crypto'
import { type SqlBool, sql } from 'kysely'
import type { Database } from './database.ts'

/**
 * Says, for as long as this process lives, that the orders it entered are being looked after. When it is killed the lease runs out,
 * and others may take its orders over; told by the database's clock, which all holders share.
 */
export interface Lease {
  readonly holder: string
  /** Gives the orders up at once. Idempotent. */
  release(): Promise<void>
}

const RENEWALS_PER_LEASE = 3

/** Takes a lease and keeps renewing it; a renewal that fails is tried again at the next one. */
export async function takeLease(database: Database, leaseMs: number): Promise<Lease> {
  const holder = randomUUID()
  const until = sql<Date>`clock_timestamp() + ${leaseMs} * interval '1 ms'`
  const renew = () =>
    database.attempt((tables) =>
      tables
        .insertInto('holder')
        .values({ holder, leased_until: until })
        .onConflict((conflict) => conflict.column('holder').doUpdateSet({ leased_until: until }))
        .execute(),
    )
  await renew()
  let renewing: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    renewing = renewing.then(renew).catch(() => {})
  }, leaseMs / RENEWALS_PER_LEASE)
  timer.unref()

  const release = async () => {
    clearInterval(timer)
    await renewing
    // Tried once: a database that is away must not hold up the end, and the lease runs out by itself.
    await database.tables
      .deleteFrom('holder')
      .where('holder', '=', holder)
      .execute()
      .catch(() => {})
  }
  let releasing: Promise<void> | undefined
  return { holder, release: () => (releasing ??= release()) }
}

/** True for a ledger row whose holder lives. */
export const isHeld = sql<SqlBool>`exists (
  select from ${sql.table('waybill.holder')} as living
  where living.holder = ledger.holder and living.leased_until > clock_timestamp()
)`
