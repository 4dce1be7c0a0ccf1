import pg from 'pg'
import { type Subscription, subscription } from '../broker/delivery.ts'
import { partnerOrderCreated, type StatusChanged, statusChanged } from '../broker/messages.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import type { OrderStatus } from '../order/status.ts'
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
export function crmSubscriptions(orders: CrmOrders, switches: Switchboard, log: Log): readonly Subscription[] {
  const advance = async ({ orderId, status, priceCents }: StatusChanged, on: (name: FaultName) => boolean) => {
    const row = await settingStatus(status, () => {
      if (status === 'PRICE_CALCULATED' && on('price-rejected')) throw outOfRange()
      return orders.advance(orderId, status, priceCents)
    })
    if (row !== undefined) return
    const known = await orders.find(orderId)
    if (known === undefined) throw new OrderNotKnownYet(orderId)
    log.info({ orderId, status, current: known.status }, 'an older status was left aside')
  }

  return [
    subscription('crm.statuses', statusChanged, async (message) => {
      const { orderId, externalReference: reference, status } = message
      const on = (name: FaultName) => switches.active(name, { orderId, reference })
      const write = (written: OrderStatus) => settingStatus(written, () => orders.overwrite(orderId, written))
      if (status === 'PRICE_CALCULATED' && on('price-swallowed')) return
      if (status === 'SHIPPED' && on('crm-maps-wrong')) return void (await write('PACKAGING'))
      await advance(message, on)
      if (status === 'PACKAGING' && on('crm-writes-old-status')) await write('MANUFACTURING_STARTED')
    }),
    subscription('crm.partner-orders', partnerOrderCreated, async (message) => {
      const { orderId, externalReference: reference } = message
      const row = await settingStatus('SUBMITTED', () => orders.addPartnerOrder(message))
      const again = row === undefined && switches.active('partner-order-announced-twice', { orderId, reference })
      if (again) await settingStatus('SUBMITTED', () => orders.overwrite(orderId, 'SUBMITTED'))
    }),
  ]
}

/** What PostgreSQL answers to a number its column cannot hold. */
function outOfRange(): Error {
  const error = new pg.DatabaseError('integer out of range', 77, 'error')
  return Object.assign(error, { severity: 'ERROR', code: '22003', file: 'int.c', routine: 'int4mul' })
}
