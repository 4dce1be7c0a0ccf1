/** An order as a list shows it. */
export interface OrderView {
  readonly orderId: string
  readonly externalReference: string
  readonly status: string
  readonly priceCents: number | null
  readonly updatedAt: string
}

/** An order as every status API answers it. */
export interface OrderDetail extends OrderView {
  /** Every status it has had in this system's database, oldest first, each with when. */
  readonly history: readonly { readonly status: string; readonly at: string }[]
}

/** The columns every view and every span needs; the telemetry reads the order's attributes off them. */
export const VIEW_COLUMNS = 'order_id, external_reference, status, customer_id, synthetic, price_cents, updated_at'

/** The same with the history, read in one statement so that the two agree. */
export const DETAIL_COLUMNS = `${VIEW_COLUMNS}, (SELECT json_agg(json_build_object('status', order_history.status, 'at', order_history.at)
  ORDER BY order_history.entry) FROM order_history WHERE order_history.order_id = orders.order_id) AS history`

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

/** A row of `DETAIL_COLUMNS`. */
export interface OrderDetailRow extends OrderRow {
  readonly history: readonly { readonly status: string; readonly at: string }[]
}

export const toView = (row: OrderRow): OrderView => ({
  orderId: row.order_id,
  externalReference: row.external_reference,
  status: row.status,
  priceCents: row.price_cents,
  updatedAt: row.updated_at.toISOString(),
})

export const toDetail = (row: OrderDetailRow): OrderDetail => ({
  ...toView(row),
  history: row.history.map(({ status, at }) => ({ status, at: new Date(at).toISOString() })),
})
