import type { ModelFile, PartnerOrderCreated } from '../broker/messages.ts'
import type { Database } from '../database/pool.ts'
import { type OrderStatus, STATUSES } from '../order/status.ts'
import { DETAIL_COLUMNS, type OrderDetailRow, type OrderRow, VIEW_COLUMNS } from '../order/view.ts'
import type { StoredContext } from '../telemetry/stored-context.ts'

/** A submitted row CRM has not handed over yet. */
export interface WaitingOrder extends StoredContext {
  readonly orderId: string
  readonly reference: string
  readonly customerId: string
  readonly synthetic: boolean
  readonly model: ModelFile
}

interface WaitingRow extends StoredContext {
  readonly order_id: string
  readonly external_reference: string
  readonly customer_id: string
  readonly synthetic: boolean
  readonly model_key: string
  readonly model_size: string
  readonly model_type: string
  readonly model_sha256: string
}

/** CRM's side of the shared Shop DB. */
export interface CrmOrders {
  waiting(): Promise<readonly WaitingOrder[]>
  /** Marks the row taken; undefined when another instance was quicker. */
  take(orderId: string): Promise<OrderRow | undefined>
  announced(orderId: string): Promise<void>
  addPartnerOrder(order: PartnerOrderCreated): Promise<OrderRow | undefined>
  /** Only forwards: undefined when the row is unknown or already at or past the status. */
  advance(orderId: string, status: OrderStatus, priceCents: number | null): Promise<OrderRow | undefined>
  /** From exactly one status to the next; undefined when the order is elsewhere. */
  move(orderId: string, from: OrderStatus, to: OrderStatus): Promise<OrderRow | undefined>
  /** To a status whatever the order is in; undefined when the row is unknown. */
  overwrite(orderId: string, status: OrderStatus): Promise<OrderRow | undefined>
  /** Who ordered. */
  customer(orderId: string): Promise<{ readonly name: string; readonly email: string }>
  find(orderId: string): Promise<OrderDetailRow | undefined>
  /** The order as it was so many milliseconds ago; undefined when it was not known then. */
  findAsItWas(orderId: string, agoMs: number): Promise<OrderDetailRow | undefined>
  model(orderId: string): Promise<ModelFile | undefined>
  list(): Promise<readonly OrderRow[]>
}

const WAITING_LIMIT = 10
const LIST_LIMIT = 200
/** Longer than a publication may take: whoever took the row and has not announced it by then has died. */
const ABANDONED = "interval '40 seconds'"
const UNANNOUNCED = `origin = 'shop' AND announced_at IS NULL AND (taken_at IS NULL OR taken_at < clock_timestamp() - ${ABANDONED})`

const THEN = "clock_timestamp() - $2::integer * interval '1 millisecond'"
const AS_IT_WAS = `SELECT orders.order_id, external_reference, past.status, customer_id, synthetic, past.at AS updated_at, past.history,
    CASE WHEN past.priced THEN price_cents END AS price_cents
  FROM orders, LATERAL (
    SELECT (array_agg(status ORDER BY entry DESC))[1] AS status, max(at) AS at, bool_or(status = 'PRICE_CALCULATED') AS priced,
      json_agg(json_build_object('status', status, 'at', at) ORDER BY entry) AS history
    FROM order_history WHERE order_history.order_id = orders.order_id AND at <= ${THEN}) AS past
  WHERE orders.order_id = $1 AND taken_at <= ${THEN} AND past.status IS NOT NULL`

/** Queries of role `crm_app`; each statement commits by itself. */
export function createCrmOrders(database: Database): CrmOrders {
  const one = async <R extends OrderRow = OrderRow>(sql: string, values: readonly unknown[]): Promise<R | undefined> =>
    (await database.query<R>(sql, [...values])).rows[0]

  return {
    async waiting() {
      const { rows } = await database.query<WaitingRow>(
        `SELECT order_id, external_reference, customer_id, synthetic, model_key, model_size, model_type, model_sha256, traceparent, baggage
         FROM orders WHERE status = 'SUBMITTED' AND ${UNANNOUNCED} ORDER BY updated_at LIMIT ${WAITING_LIMIT}`,
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
    take: (orderId) =>
      one(
        `UPDATE orders SET taken_at = clock_timestamp() WHERE order_id =
           (SELECT order_id FROM orders WHERE order_id = $1 AND ${UNANNOUNCED} FOR UPDATE SKIP LOCKED)
         RETURNING ${VIEW_COLUMNS}`,
        [orderId],
      ),
    async announced(orderId) {
      await database.query('UPDATE orders SET announced_at = clock_timestamp() WHERE order_id = $1', [orderId])
    },
    addPartnerOrder: ({ orderId, externalReference, customerId, synthetic, model }) =>
      one(
        `INSERT INTO orders (order_id, external_reference, origin, status, customer_id, synthetic, model_key, model_size, model_type,
           model_sha256, taken_at, announced_at)
         VALUES ($1, $2, 'partner', 'SUBMITTED', $3, $4, $5, $6, $7, $8, clock_timestamp(), clock_timestamp())
         ON CONFLICT (order_id) DO NOTHING RETURNING ${VIEW_COLUMNS}`,
        [orderId, externalReference, customerId, synthetic, model.key, model.size, model.type, model.sha256],
      ),
    advance: (orderId, status, priceCents) =>
      one(
        `UPDATE orders SET status = $2, price_cents = COALESCE($3, price_cents), updated_at = clock_timestamp()
         WHERE order_id = $1 AND array_position($4::text[], status) < array_position($4::text[], $2)
         RETURNING ${VIEW_COLUMNS}`,
        [orderId, status, priceCents, STATUSES],
      ),
    move: (orderId, from, to) =>
      one(
        `UPDATE orders SET status = $3, updated_at = clock_timestamp() WHERE order_id = $1 AND status = $2
         RETURNING ${VIEW_COLUMNS}`,
        [orderId, from, to],
      ),
    overwrite: (orderId, status) =>
      one(
        `UPDATE orders SET status = $2, updated_at = clock_timestamp() WHERE order_id = $1 RETURNING ${VIEW_COLUMNS}`,
        [orderId, status],
      ),
    async customer(orderId) {
      const { rows } = await database.query<{ customer_name: string | null; customer_email: string | null }>(
        'SELECT customer_name, customer_email FROM orders WHERE order_id = $1',
        [orderId],
      )
      return { name: rows[0]?.customer_name ?? '', email: rows[0]?.customer_email ?? '' }
    },
    find: (orderId) =>
      one<OrderDetailRow>(`SELECT ${DETAIL_COLUMNS} FROM orders WHERE order_id = $1 AND taken_at IS NOT NULL`, [
        orderId,
      ]),
    findAsItWas: (orderId, agoMs) => one<OrderDetailRow>(AS_IT_WAS, [orderId, agoMs]),
    async model(orderId) {
      const { rows } = await database.query<WaitingRow>(
        'SELECT model_key, model_size, model_type, model_sha256 FROM orders WHERE order_id = $1 AND taken_at IS NOT NULL',
        [orderId],
      )
      const row = rows[0]
      if (row === undefined) return undefined
      return { key: row.model_key, size: Number(row.model_size), type: row.model_type, sha256: row.model_sha256 }
    },
    async list() {
      const { rows } = await database.query<OrderRow>(
        `SELECT ${VIEW_COLUMNS} FROM orders WHERE taken_at IS NOT NULL ORDER BY created_at DESC LIMIT ${LIST_LIMIT}`,
      )
      return rows
    },
  }
}
