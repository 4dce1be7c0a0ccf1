/** An order as every status API answers it. */
export interface OrderView {
  readonly orderId: string
  readonly externalReference: string
  readonly status: string
  readonly priceCents: number | null
  readonly updatedAt: string
}

/** The columns every view and every span needs; the telemetry reads the order's attributes off them. */
export const VIEW_COLUMNS = 'order_id, external_reference, status, customer_id, synthetic, price_cents, updated_at'

/** A row of `VIEW_COLUMNS`. */
export interface OrderRow {
  readonly order_id: string
  readonly external_reference: string
  readonly status: string
  readonly customer_id: string
  readonly synthetic: boolean
  readonly price_cents: number | null
  readonly updated_at: Date
}

export const toView = (row: OrderRow): OrderView => ({
  orderId: row.order_id,
  externalReference: row.external_reference,
  status: row.status,
  priceCents: row.price_cents,
  updatedAt: row.updated_at.toISOString(),
})
