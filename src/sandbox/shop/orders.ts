import { z } from 'zod'
import type { ModelFile } from '../broker/messages.ts'
import type { Database } from '../database/pool.ts'
import { runUncommitted } from '../database/uncommitted.ts'
import { names } from '../names/names.ts'
import { DETAIL_COLUMNS, type OrderDetailRow, type OrderRow, VIEW_COLUMNS } from '../order/view.ts'
import type { StoredContext } from '../telemetry/stored-context.ts'

/** The body of `POST /api/orders`. */
export const newOrder = z.object({
  customer: z.object({
    id: z.string().min(1).max(200).optional(),
    name: z.string().max(200).optional(),
    email: z.string().max(320).optional(),
    phone: z.string().max(50).optional(),
  }),
  externalReference: z.string().min(1).max(200).optional(),
  item: z.string().max(500).optional(),
})
/** A checked body of `POST /api/orders`. */
export type NewOrder = z.output<typeof newOrder>

/** The shop's side of the shared Shop DB. */
export interface ShopOrders {
  /** A placement repeated under the same idempotency key finds the first order. */
  findByIdempotencyKey(key: string): Promise<OrderRow | undefined>
  /** Undefined when the idempotency key has been used before. */
  insert(
    order: NewOrder & {
      readonly orderId: string
      readonly reference: string
      readonly customerId: string
      readonly synthetic: boolean
      readonly idempotencyKey: string | undefined
    },
  ): Promise<OrderRow | undefined>
  /** Undefined when the order has gone past the upload. */
  saveModel(orderId: string, model: ModelFile & { readonly name: string }): Promise<OrderRow | undefined>
  /** Undefined when the order is not ready to be placed. */
  submit(orderId: string, stored: StoredContext): Promise<OrderRow | undefined>
  /** The same statement, whose transaction is never committed. */
  submitUncommitted(orderId: string, stored: StoredContext): Promise<OrderRow | undefined>
  find(orderId: string): Promise<OrderDetailRow | undefined>
  findByReference(reference: string): Promise<readonly OrderRow[]>
}

/** The name of a new order. */
export const newOrderId = (): string => names.newOrderId()

const SUBMIT = `UPDATE orders SET status = 'SUBMITTED', traceparent = $2, baggage = $3, updated_at = clock_timestamp()
  WHERE order_id = $1 AND status = 'FILE_UPLOADED' RETURNING ${VIEW_COLUMNS}`
const submitValues = (orderId: string, { traceparent, baggage }: StoredContext) => [orderId, traceparent, baggage]

/** Queries of role `shop_app`; each statement commits by itself. */
export function createShopOrders(database: Database): ShopOrders {
  const rows = async <R extends OrderRow = OrderRow>(sql: string, values: readonly unknown[]): Promise<readonly R[]> =>
    (await database.query<R>(sql, [...values])).rows
  const one = async <R extends OrderRow = OrderRow>(sql: string, values: readonly unknown[]) =>
    (await rows<R>(sql, values))[0]

  return {
    findByIdempotencyKey: (key) => one(`SELECT ${VIEW_COLUMNS} FROM orders WHERE idempotency_key = $1`, [key]),
    insert: ({ orderId, reference, customerId, customer, item, synthetic, idempotencyKey }) =>
      one(
        `INSERT INTO orders (order_id, external_reference, origin, status, customer_id, customer_name, customer_email, customer_phone,
           item, synthetic, idempotency_key)
         VALUES ($1, $2, 'shop', 'INITIATED', $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (idempotency_key) DO NOTHING RETURNING ${VIEW_COLUMNS}`,
        [
          orderId,
          reference,
          customerId,
          customer.name,
          customer.email,
          customer.phone,
          item,
          synthetic,
          idempotencyKey,
        ],
      ),
    saveModel: (orderId, { key, size, type, sha256, name }) =>
      one(
        `UPDATE orders SET status = 'FILE_UPLOADED', model_key = $2, model_size = $3, model_type = $4, model_sha256 = $5, model_name = $6,
           updated_at = clock_timestamp()
         WHERE order_id = $1 AND status IN ('INITIATED', 'FILE_UPLOADED') RETURNING ${VIEW_COLUMNS}`,
        [orderId, key, size, type, sha256, name],
      ),
    submit: (orderId, stored) => one(SUBMIT, submitValues(orderId, stored)),
    submitUncommitted: async (orderId, stored) =>
      (await runUncommitted<OrderRow>(database, SUBMIT, submitValues(orderId, stored)))[0],
    find: (orderId) =>
      one<OrderDetailRow>(`SELECT ${DETAIL_COLUMNS} FROM orders WHERE order_id = $1 AND origin = 'shop'`, [orderId]),
    findByReference: (reference) =>
      rows(
        `SELECT ${VIEW_COLUMNS} FROM orders WHERE external_reference = $1 AND origin = 'shop' ORDER BY created_at LIMIT 50`,
        [reference],
      ),
  }
}
