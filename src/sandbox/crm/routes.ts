import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Announce } from '../broker/announce.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import type { Storage } from '../files/storage-client.ts'
import { names } from '../names/names.ts'
import type { OrderStatus } from '../order/status.ts'
import { type OrderRow, toDetail } from '../order/view.ts'
import { actingPerson, forOrder, orderIdOf } from '../service/order-request.ts'
import { Refusal, unknownOrder } from '../service/refusal.ts'
import { parseInput } from '../service/server.ts'
import { settingStatus } from '../telemetry/spans.ts'
import type { CrmOrders } from './orders.ts'
import { createReader } from './reader.ts'
import { createSellerList } from './seller-list.ts'

const delivery = z.object({ orderId: names.orderId })

export interface CrmParts {
  readonly orders: CrmOrders
  readonly announce: Announce
  readonly storage: Storage
  readonly switches: Switchboard
}

/** CRM API: the seller's list, approval, closing by hand and by the carrier's message. */
export function addCrmRoutes(server: FastifyInstance, parts: CrmParts): void {
  const { orders, announce, storage, switches } = parts
  const change = async (orderId: string, from: OrderStatus, to: OrderStatus): Promise<OrderRow> => {
    const before = await orders.find(orderId)
    if (before === undefined) throw unknownOrder(orderId)
    const row = await settingStatus(to, () => orders.move(orderId, from, to))
    if (row === undefined)
      throw new Refusal(409, `An order in ${before.status} cannot become ${to}; it must be in ${from}.`)
    return row
  }

  const forgetsApproval = async (orderId: string): Promise<boolean> => {
    const before = await orders.find(orderId)
    const names = { orderId, reference: before?.external_reference }
    return before?.status === 'PRICE_CALCULATED' && switches.active('approval-not-stored', names)
  }

  server.post('/api/orders/:orderId/approve', async (request) => {
    const orderId = orderIdOf(request)
    const endUser = actingPerson(request, 'seller')
    return forOrder('order.approve', { orderId, endUser }, async () => {
      if (switches.list().length > 0 && (await forgetsApproval(orderId)))
        return { orderId, status: 'MANUFACTURING_APPROVED' }
      const row = await change(orderId, 'PRICE_CALCULATED', 'MANUFACTURING_APPROVED')
      const names = { orderId, reference: row.external_reference }
      const key = switches.active('approval-wrong-key', names) ? 'order.confirmed' : 'order.approved'
      await announce('orders', key, {
        orderId,
        externalReference: row.external_reference,
        customerId: row.customer_id,
        synthetic: row.synthetic,
        at: new Date().toISOString(),
        approvedBy: endUser,
      })
      return { orderId, status: row.status }
    })
  })

  server.post('/api/orders/:orderId/close', async (request) => {
    const orderId = orderIdOf(request)
    return forOrder('order.close', { orderId, endUser: actingPerson(request, 'seller') }, async () => {
      const row = await change(orderId, 'SHIPPED', 'CLOSED')
      return { orderId, status: row.status }
    })
  })

  server.post('/api/deliveries', async (request) => {
    const { orderId } = parseInput(delivery, request.body, 'delivery')
    return forOrder('order.delivered', { orderId, endUser: 'carrier' }, async () => {
      const row = await change(orderId, 'SHIPPED', 'CLOSED')
      return { orderId, status: row.status }
    })
  })

  const read = createReader(orders, switches)
  server.get('/api/orders/:orderId', async (request) => {
    const orderId = orderIdOf(request)
    return forOrder('order.read', { orderId }, async () => {
      const row = await read(orderId)
      if (row === undefined) throw unknownOrder(orderId)
      return toDetail(row)
    })
  })

  server.get('/api/orders/:orderId/model', async (request, reply) => {
    const orderId = orderIdOf(request)
    return forOrder('order.model.read', { orderId }, async () => {
      const model = await orders.model(orderId)
      if (model === undefined) throw unknownOrder(orderId)
      const file = await storage.get(model)
      return reply.type(model.type).header('content-length', model.size).send(Readable.from(file))
    })
  })

  const sellerList = createSellerList(orders, switches)
  server.get('/api/orders', async () => ({ orders: await sellerList() }))
}
