import type { ModelFile } from '../broker/messages.ts'
import type { Database } from '../database/pool.ts'
import { type OrderStatus, STATUSES } from '../order/status.ts'
import { DETAIL_COLUMNS, type OrderDetailRow, type OrderRow, VIEW_COLUMNS } from '../order/view.ts'
import type { StoredContext } from '../telemetry/stored-context.ts'

/** An order as manufacturing keeps it. */
export interface MesOrder {
  readonly orderId: string
  readonly reference: string
  readonly customerId: string
  readonly synthetic: boolean
  readonly model: ModelFile
}

interface UnpricedRow extends StoredContext {
  readonly order_id: string
  readonly external_reference: string
  readonly customer_id: string
  readonly synthetic: boolean
  readonly model_key: string
  readonly model_size: string
  readonly model_type: string
  readonly model_sha256: string
}

/** MES DB. */
export interface MesOrders {
  /** Undefined when the order is already there: a message may come twice. */
  insert(order: MesOrder, origin: 'shop' | 'partner', stored: StoredContext): Promise<OrderRow | undefined>
  /** Writes the order as it is once more. */
  touch(orderId: string): Promise<OrderRow | undefined>
  /** Orders left without a price by an earlier life of this process. */
  unpriced(): Promise<readonly (MesOrder & StoredContext)[]>
  /** Counts one attempt at pricing and answers which; undefined when the order is priced, failed or gone. */
  beginAttempt(orderId: string): Promise<number | undefined>
  /** An attempt interrupted by a clean stop does not count. */
  returnAttempt(orderId: string): Promise<void>
  savePrice(orderId: string, priceCents: number, triangles: number): Promise<OrderRow | undefined>
  saveError(orderId: string, error: string): Promise<void>
  /** Only forwards; undefined when the order is unknown or already at or past the status. */
  advance(orderId: string, status: OrderStatus): Promise<OrderRow | undefined>
  /** From exactly one status to the next; undefined when the order is elsewhere. */
  move(orderId: string, from: OrderStatus, to: OrderStatus): Promise<OrderRow | undefined>
  find(orderId: string, origin?: 'partner'): Promise<OrderDetailRow | undefined>
  /** The operators' first page: approved and not yet sent. */
  toMake(): Promise<readonly OrderRow[]>
}

const LIST_LIMIT = 200

/** Queries of role `mes_app`; each statement commits by itself. */
export function createMesOrders(database: Database): MesOrders {
  const one = async <R extends OrderRow = OrderRow>(sql: string, values: readonly unknown[]): Promise<R | undefined> =>
    (await database.query<R>(sql, [...values])).rows[0]

  return {
    insert: ({ orderId, reference, customerId, synthetic, model }, origin, { traceparent, baggage }) =>
      one(
        `INSERT INTO orders (order_id, external_reference, origin, status, customer_id, synthetic, model_key, model_size, model_type,
           model_sha256, traceparent, baggage)
         VALUES ($1, $2, $3, 'SUBMITTED', $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (order_id) DO NOTHING RETURNING ${VIEW_COLUMNS}`,
        [
          orderId,
          reference,
          origin,
          customerId,
          synthetic,
          model.key,
          model.size,
          model.type,
          model.sha256,
          traceparent,
          baggage,
        ],
      ),
    touch: (orderId) =>
      one(`UPDATE orders SET updated_at = clock_timestamp() WHERE order_id = $1 RETURNING ${VIEW_COLUMNS}`, [orderId]),
    async unpriced() {
      const { rows } = await database.query<UnpricedRow>(
        `SELECT order_id, external_reference, customer_id, synthetic, model_key, model_size, model_type, model_sha256, traceparent, baggage
         FROM orders WHERE status = 'SUBMITTED' AND error IS NULL ORDER BY created_at`,
      )
      return rows.map((row) => ({
        orderId: row.order_id,
        reference: row.external_reference,
        customerId: row.customer_id,
        synthetic: row.synthetic,
        model: { key: row.model_key, size: Number(row.model_size), type: row.model_type, sha256: row.model_sha256 },
        traceparent: row.traceparent,
        baggage: row.baggage,
      }))
    },
    async beginAttempt(orderId) {
      const { rows } = await database.query<{ attempts: number }>(
        `UPDATE orders SET attempts = attempts + 1 WHERE order_id = $1 AND status = 'SUBMITTED' AND error IS NULL RETURNING attempts`,
        [orderId],
      )
      return rows[0]?.attempts
    },
    async returnAttempt(orderId) {
      await database.query('UPDATE orders SET attempts = attempts - 1 WHERE order_id = $1 AND attempts > 0', [orderId])
    },
    savePrice: (orderId, priceCents, triangles) =>
      one(
        `UPDATE orders SET status = 'PRICE_CALCULATED', price_cents = $2, triangles = $3, updated_at = clock_timestamp()
         WHERE order_id = $1 AND status = 'SUBMITTED' RETURNING ${VIEW_COLUMNS}`,
        [orderId, priceCents, triangles],
      ),
    async saveError(orderId, error) {
      await database.query('UPDATE orders SET error = $2, updated_at = clock_timestamp() WHERE order_id = $1', [
        orderId,
        error,
      ])
    },
    advance: (orderId, status) =>
      one(
        `UPDATE orders SET status = $2, updated_at = clock_timestamp()
         WHERE order_id = $1 AND array_position($3::text[], status) < array_position($3::text[], $2)
         RETURNING ${VIEW_COLUMNS}`,
        [orderId, status, STATUSES],
      ),
    move: (orderId, from, to) =>
      one(
        `UPDATE orders SET status = $3, updated_at = clock_timestamp() WHERE order_id = $1 AND status = $2
         RETURNING ${VIEW_COLUMNS}`,
        [orderId, from, to],
      ),
    find: (orderId, origin) =>
      one<OrderDetailRow>(
        `SELECT ${DETAIL_COLUMNS} FROM orders WHERE order_id = $1 AND ($2::text IS NULL OR origin = $2)`,
        [orderId, origin ?? null],
      ),
    async toMake() {
      const { rows } = await database.query<OrderRow>(
        `SELECT ${VIEW_COLUMNS} FROM orders
         WHERE status IN ('MANUFACTURING_APPROVED', 'MANUFACTURING_STARTED', 'MANUFACTURING_COMPLETED', 'PACKAGING')
         ORDER BY created_at DESC LIMIT ${LIST_LIMIT}`,
      )
      return rows
    },
  }
}
