import type { FastifyInstance } from 'fastify'
import type { Announce } from '../broker/announce.ts'
import type { OrderStatus } from '../order/status.ts'
import { toDetail, toView } from '../order/view.ts'
import { actingPerson, forOrder, orderIdOf } from '../service/order-request.ts'
import { Refusal, unknownOrder } from '../service/refusal.ts'
import { settingStatus } from '../telemetry/spans.ts'
import type { MesOrders } from './orders.ts'

interface Step {
  readonly path: string
  readonly from: OrderStatus
  readonly to: OrderStatus
}

const STEPS: readonly Step[] = [
  { path: 'take', from: 'MANUFACTURING_APPROVED', to: 'MANUFACTURING_STARTED' },
  { path: 'complete', from: 'MANUFACTURING_STARTED', to: 'MANUFACTURING_COMPLETED' },
  { path: 'pack', from: 'MANUFACTURING_COMPLETED', to: 'PACKAGING' },
  { path: 'ship', from: 'PACKAGING', to: 'SHIPPED' },
]

/** MES API for the operators: the first page's list, one order, and the four steps of making it. */
export function addMesRoutes(server: FastifyInstance, orders: MesOrders, announce: Announce): void {
  for (const step of STEPS) addStep(server, orders, announce, step)

  server.get('/api/orders/:orderId', async (request) => {
    const orderId = orderIdOf(request)
    return forOrder('order.read', { orderId }, async () => {
      const row = await orders.find(orderId)
      if (row === undefined) throw unknownOrder(orderId)
      return toDetail(row)
    })
  })

  server.get('/api/orders', async () => ({ orders: (await orders.toMake()).map(toView) }))
}

function addStep(server: FastifyInstance, orders: MesOrders, announce: Announce, { path, from, to }: Step): void {
  server.post(`/api/orders/:orderId/${path}`, async (request) => {
    const orderId = orderIdOf(request)
    return forOrder(`manufacturing.${path}`, { orderId, endUser: actingPerson(request, 'operator') }, async () => {
      const before = await orders.find(orderId)
      if (before === undefined) throw unknownOrder(orderId)
      const row = await settingStatus(to, () => orders.move(orderId, from, to))
      if (row === undefined)
        throw new Refusal(409, `An order in ${before.status} cannot become ${to}; it must be in ${from}.`)
      await announce('manufacturing', `order.status.${to.toLowerCase()}`, {
        orderId,
        externalReference: row.external_reference,
        customerId: row.customer_id,
        synthetic: row.synthetic,
        at: new Date().toISOString(),
        status: to,
        priceCents: row.price_cents,
      })
      return { orderId, status: row.status }
    })
  })
}
