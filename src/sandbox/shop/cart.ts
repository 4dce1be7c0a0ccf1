import type { OrderDetailRow } from '../order/view.ts'
import type { Speed } from '../service/settings.ts'

const KEPT_MS: Readonly<Record<Speed, number>> = { fast: 1_000, realistic: 10_000 }

/** New orders held in memory only, for as long as the cache lives. */
export interface Cart {
  keep(order: Omit<OrderDetailRow, 'status' | 'price_cents' | 'updated_at' | 'history'>): Promise<OrderDetailRow>
  find(orderId: string): OrderDetailRow | undefined
}

/** An empty cache. */
export function createCart(speed: Speed): Cart {
  const kept = new Map<string, OrderDetailRow>()
  return {
    async keep(order) {
      const now = new Date()
      const history = [{ status: 'INITIATED', at: now.toISOString() }]
      const row = { ...order, status: 'INITIATED', price_cents: null, updated_at: now, history }
      kept.set(order.order_id, row)
      setTimeout(() => kept.delete(order.order_id), KEPT_MS[speed]).unref()
      return row
    },
    find: (orderId) => kept.get(orderId),
  }
}
