import type { Switchboard } from '../faults/switchboard.ts'
import type { OrderDetailRow } from '../order/view.ts'
import type { CrmOrders } from './orders.ts'

const LAG_MS = 3_000

/** Answers looks at an order; of two copies of the database it asks one after the other where one lags. */
export function createReader(
  orders: Pick<CrmOrders, 'find' | 'findAsItWas'>,
  switches: Switchboard,
): (orderId: string) => Promise<OrderDetailRow | undefined> {
  let asked = 0
  return async (orderId) => {
    const row = await orders.find(orderId)
    const names = { orderId, reference: row?.external_reference }
    if (!switches.active('crm-reads-from-two-copies', names)) return row
    asked += 1
    return asked % 2 === 0 ? orders.findAsItWas(orderId, LAG_MS) : row
  }
}
