import { type Subscription, subscription } from '../broker/delivery.ts'
import { orderApproved, orderSubmitted } from '../broker/messages.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import { settingStatus } from '../telemetry/spans.ts'
import { storeContext } from '../telemetry/stored-context.ts'
import { acknowledgeAndCrash } from './crash.ts'
import type { MesOrders } from './orders.ts'
import type { Pricing } from './pricing.ts'
import { createBeforeTaking, WITH_APPROVALS, WITH_NEW_ORDERS } from './taking.ts'

/** An approval arrived before the order it belongs to; a later try finds it. */
class OrderNotKnownYet extends Error {
  constructor(orderId: string) {
    super(`order ${orderId} is not known yet`)
    this.name = 'OrderNotKnownYet'
  }
}

export interface IncomingParts {
  readonly orders: MesOrders
  readonly pricing: Pricing
  readonly switches: Switchboard
  /** Ends what waits for ever. */
  readonly signal: AbortSignal
}

/** What the CRM tells manufacturing: new orders, stored at once and priced after the acknowledgement, and approvals. */
export function mesSubscriptions({ orders, pricing, switches, signal }: IncomingParts): readonly Subscription[] {
  const beforeOrder = createBeforeTaking(WITH_NEW_ORDERS, switches, signal)
  const beforeApproval = createBeforeTaking(WITH_APPROVALS, switches, signal)
  return [
    subscription('mes.orders', orderSubmitted, async (message, delivered, closed, acknowledge) => {
      if (!(await beforeOrder(message, delivered))) return
      const { orderId, externalReference: reference, customerId, synthetic, model } = message
      const order = { orderId, reference, customerId, synthetic, model }
      if (switches.active('mes-acknowledges-first', order)) await acknowledgeAndCrash(acknowledge, signal)
      const again = switches.active('submitted-twice', order)
      const row = await settingStatus(
        'SUBMITTED',
        async () => (await orders.insert(order, 'shop', storeContext())) ?? (again ? orders.touch(orderId) : undefined),
      )
      if (switches.active('mes-acknowledges-late', order)) await pricing.finish(order, closed)
      else if (row !== undefined) pricing.start(order)
    }),
    subscription('mes.approvals', orderApproved, async (message, delivered) => {
      if (!(await beforeApproval(message, delivered))) return
      const { orderId } = message
      const row = await settingStatus('MANUFACTURING_APPROVED', () => orders.advance(orderId, 'MANUFACTURING_APPROVED'))
      if (row === undefined && (await orders.find(orderId)) === undefined) throw new OrderNotKnownYet(orderId)
    }),
  ]
}
