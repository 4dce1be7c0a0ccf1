import type { Switchboard } from '../faults/switchboard.ts'
import { type OrderRow, type OrderView, toView } from '../order/view.ts'
import type { CrmOrders } from './orders.ts'

const namesOf = ({ order_id, external_reference }: OrderRow) => ({ orderId: order_id, reference: external_reference })

/** The list the seller works from, newest order first. */
export function createSellerList(
  orders: Pick<CrmOrders, 'list'>,
  switches: Switchboard,
): () => Promise<readonly OrderView[]> {
  let old: Promise<readonly OrderRow[]> | undefined
  switches.watch(() => {
    old = switches.active('seller-list-stale', {}) ? (old ?? orders.list()) : undefined
  })
  return async () => {
    const rows = await (old ?? orders.list())
    const known = old === undefined ? rows.filter((row) => !switches.active('seller-list-stale', namesOf(row))) : rows
    return known.map((row) =>
      switches.active('price-not-shown', namesOf(row)) ? { ...toView(row), priceCents: null } : toView(row),
    )
  }
}
