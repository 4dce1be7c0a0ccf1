import { type Subscription, subscription } from '../broker/delivery.ts'
import { orderApproved, orderSubmitted } from '../broker/messages.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import { settingStatus } from '../telemetry/spans.ts'
import { storeContext } from '../telemetry/stored-context.ts'
import { arrangeDeliveries } from './arrivals.ts'
import type { MesOrders } from './orders.ts'
import type { Pricing } from './pricing.ts'

/** An approval arrived before the order it belongs to; a later try finds it. */
class OrderNotKnownYet extends Error {
  constructor(orderId: string) {
    super(`order ${orderId} is not known yet`)
    this.name = 'OrderNotKnownYet'
  }
}

/** What the CRM tells manufacturing: new orders, stored at once and priced after the acknowledgement, and approvals. */
export function mesSubscriptions(orders: MesOrders, pricing: Pricing, switches: Switchboard): readonly Subscription[] {
  return [
    subscription(
      'mes.orders',
      orderSubmitted,
      async ({ orderId, externalReference, customerId, synthetic, model }) => {
        const order = { orderId, reference: externalReference, customerId, synthetic, model }
        const row = await settingStatus('SUBMITTED', () => orders.insert(order, 'shop', storeContext()))
        if (row !== undefined) pricing.start(order)
      },
      (channel) => arrangeDeliveries(channel, switches),
    ),
    subscription('mes.approvals', orderApproved, async ({ orderId }) => {
      const row = await settingStatus('MANUFACTURING_APPROVED', () => orders.advance(orderId, 'MANUFACTURING_APPROVED'))
      if (row === undefined && (await orders.find(orderId)) === undefined) throw new OrderNotKnownYet(orderId)
    }),
  ]
}
