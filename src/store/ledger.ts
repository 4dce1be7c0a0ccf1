import { randomUUID } from 'node:crypto'
import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql, type UpdateObject } from 'kysely'
import type { Database } from './database.ts'
import { isHeld } from './lease.ts'
import { type LedgerOrder, type OrderEntry, orderOf } from './ledger-order.ts'
import type { OrderState, StoreTables } from './schema.ts'

/** What came of an entry or of a step: done, or refused because of what the ledger holds. */
export type LedgerAnswer =
  | { readonly outcome: 'done'; readonly order: LedgerOrder }
  | { readonly outcome: 'refused'; readonly why: string; readonly order: LedgerOrder | null }

/**
 * The ledger of all orders ever placed. Each is entered before it is created:
 *
 *     entered ──beginPlacing──► placing ──recordPlaced──► placed ──recordFinished──► finished ──recordCleaned──► cleaned
 *                                  └────────────────────────────recordFinished───────────▲
 *
 * Only the process that looks after an order may move it. Every step resolves after it is kept, and may be repeated.
 */
export interface Ledger {
  /** Enters an order; refused when the key, the external reference or the probe's slot is known already. */
  enterOrder(entry: OrderEntry): Promise<LedgerAnswer>
  /** Must be done before the first request that may create the order. */
  beginPlacing(key: string): Promise<LedgerAnswer>
  /** Begins one more attempt for an order that a crash left in `placing`; only where the contract calls placing idempotent. */
  repeatPlacing(key: string): Promise<LedgerAnswer>
  /** The order system has named the order; further ids of the same placement may follow, also after the verdict. */
  recordPlaced(key: string, orderIds: readonly string[]): Promise<LedgerAnswer>
  /** A verdict; a later revision supersedes an earlier one, never the other way round. */
  recordFinished(key: string, verdict: string, revision: number): Promise<LedgerAnswer>
  /** Nothing of the order is left in the order system. */
  recordCleaned(key: string): Promise<LedgerAnswer>
  /** Takes over an order whose process has died. Refused while that process lives. */
  adopt(key: string): Promise<LedgerAnswer>
  order(key: string): Promise<LedgerOrder | null>
  /** Orders without a verdict, oldest first: ours, others', and those a crash left behind. */
  openOrders(): Promise<readonly LedgerOrder[]>
}

type Tables = Kysely<StoreTables>
type Where = (row: ExpressionBuilder<StoreTables, 'ledger'>) => Expression<SqlBool>
type Change = UpdateObject<StoreTables, 'ledger', 'ledger'>

const OPEN: readonly OrderState[] = ['entered', 'placing', 'placed']

/** The ledger as seen by one holder of orders. */
export function createLedger(database: Database, holder: string): Ledger {
  const select = (tables: Tables) => tables.selectFrom('ledger').selectAll('ledger').select(isHeld.as('held'))

  const find = async (tables: Tables, key: string): Promise<LedgerOrder | null> => {
    const row = await select(tables).where('key', '=', key).executeTakeFirst()
    return row === undefined ? null : orderOf(row, holder)
  }

  const answer = async (tables: Tables, key: string, moved: boolean, refusal: string): Promise<LedgerAnswer> => {
    const order = await find(tables, key)
    if (order === null) return { outcome: 'refused', why: `the ledger has no order ${key}`, order }
    if (moved) return { outcome: 'done', order }
    const why =
      order.care === 'ours'
        ? `${refusal}: order ${key} is ${order.state}`
        : `order ${key} is in the care of another process`
    return { outcome: 'refused', why, order }
  }

  /** One guarded update: it happens when the row is ours and `where` holds, and not otherwise. */
  const step = (key: string, where: Where, change: Change, refusal: string): Promise<LedgerAnswer> =>
    database.attempt(async (tables) => {
      const { numUpdatedRows } = await tables
        .updateTable('ledger')
        .set(change)
        .where('key', '=', key)
        .where('holder', '=', holder)
        .where(where)
        .executeTakeFirst()
      return answer(tables, key, numUpdatedRows > 0n, refusal)
    })

  const begin = (key: string, from: OrderState, refusal: string) => {
    const attempt = randomUUID()
    const again = sql<boolean>`ledger.attempt is not distinct from ${attempt}::uuid`
    return step(
      key,
      (row) => row.or([row('state', '=', from), row.and([row('state', '=', 'placing'), again])]),
      { state: 'placing', attempt, attempts: sql<number>`ledger.attempts + case when ${again} then 0 else 1 end` },
      refusal,
    )
  }

  return {
    enterOrder: (entry) => {
      const attempt = randomUUID()
      return database.attempt(async (tables) => {
        await tables
          .insertInto('ledger')
          .values({
            key: entry.key,
            external_reference: entry.externalReference,
            flow: entry.flow,
            probe: entry.probe,
            run: entry.run,
            until: entry.until,
            slot: entry.slot,
            entered_at: String(entry.enteredAt),
            place_within_ms: entry.placeWithinMs,
            state: 'entered',
            holder,
            attempt,
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute()
        const row = await select(tables)
          .where((it) =>
            it.or([
              it('key', '=', entry.key),
              it('external_reference', '=', entry.externalReference),
              ...(entry.slot === null ? [] : [it.and([it('probe', '=', entry.probe), it('slot', '=', entry.slot)])]),
            ]),
          )
          .executeTakeFirstOrThrow()
        const order = orderOf(row, holder)
        // A statement repeated after a lost answer finds its own entry, which is no second one.
        if (row.attempt === attempt) return { outcome: 'done', order }
        return { outcome: 'refused', why: whyKnown(entry, order), order }
      })
    },
    beginPlacing: (key) => begin(key, 'entered', 'placing begins once'),
    repeatPlacing: (key) => begin(key, 'placing', 'only an order left in placing is placed again'),
    recordPlaced: (key, orderIds) =>
      database.attempt((tables) =>
        tables.transaction().execute(async (tx) => {
          const row = await tx
            .selectFrom('ledger')
            .select(['state', 'order_ids'])
            .where('key', '=', key)
            .where('holder', '=', holder)
            .where('state', '!=', 'entered')
            .forUpdate()
            .executeTakeFirst()
          if (row !== undefined) {
            await tx
              .updateTable('ledger')
              .set({
                state: row.state === 'placing' ? 'placed' : row.state,
                order_ids: JSON.stringify([...new Set([...row.order_ids, ...orderIds])]),
              })
              .where('key', '=', key)
              .execute()
          }
          return answer(tx, key, row !== undefined, 'only an order whose placing has begun can be placed')
        }),
      ),
    recordFinished: (key, verdict, revision) =>
      step(
        key,
        (row) =>
          row.or([
            row('state', 'in', OPEN),
            row.and([row('state', 'in', ['finished', 'cleaned']), row('revision', '<=', revision)]),
          ]),
        {
          state: sql<OrderState>`case when ledger.state = 'cleaned' then 'cleaned' else 'finished' end`,
          verdict,
          revision,
        },
        'a later verdict stands',
      ),
    recordCleaned: (key) =>
      step(
        key,
        (row) => row('state', 'in', ['finished', 'cleaned']),
        { state: 'cleaned' },
        'only a finished order is cleaned up',
      ),
    adopt: (key) =>
      database.attempt(async (tables) => {
        const { numUpdatedRows } = await tables
          .updateTable('ledger')
          .set({ holder })
          .where('key', '=', key)
          .where((row) => row.or([row('holder', '=', holder), row.not(isHeld)]))
          .executeTakeFirst()
        return answer(tables, key, numUpdatedRows > 0n, 'taken over')
      }),
    order: (key) => database.attempt((tables) => find(tables, key)),
    openOrders: () =>
      database.attempt(async (tables) => {
        const rows = await select(tables).where('state', 'in', OPEN).orderBy('entered_at').orderBy('key').execute()
        return rows.map((row) => orderOf(row, holder))
      }),
  }
}

const whyKnown = (entry: OrderEntry, known: LedgerOrder): string => {
  if (known.key === entry.key) return `order ${entry.key} is in the ledger already`
  if (known.externalReference === entry.externalReference) {
    return `the external reference ${entry.externalReference} belongs to order ${known.key}`
  }
  return `probe ${entry.probe} has an order for slot ${entry.slot} already: ${known.key}`
}
