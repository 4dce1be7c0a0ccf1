import { type Subscription, subscription } from '../broker/delivery.ts'
import { partnerOrderCreated, statusChanged } from '../broker/messages.ts'
import type { Log } from '../service/log.ts'
import { settingStatus } from '../telemetry/spans.ts'
import type { CrmOrders } from './orders.ts'

/** A status arrived before the order it belongs to; a later try finds it. */
class OrderNotKnownYet extends Error {
  constructor(orderId: string) {
    super(`order ${orderId} is not known yet`)
    this.name = 'OrderNotKnownYet'
  }
}

/** What manufacturing tells the CRM: statuses, and orders that came through the partner door. */
export function crmSubscriptions(orders: CrmOrders, log: Log): readonly Subscription[] {
  return [
    subscription('crm.statuses', statusChanged, async ({ orderId, status, priceCents }) => {
      const row = await settingStatus(status, () => orders.advance(orderId, status, priceCents))
      if (row !== undefined) return
      const known = await orders.find(orderId)
      if (known === undefined) throw new OrderNotKnownYet(orderId)
      log.info({ orderId, status, current: known.status }, 'an older status was left aside')
    }),
    subscription('crm.partner-orders', partnerOrderCreated, async (message) => {
      await settingStatus('SUBMITTED', () => orders.addPartnerOrder(message))
    }),
  ]
}
