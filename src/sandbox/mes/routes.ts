import type { FastifyInstance } from 'fastify'
import type { Announce } from '../broker/announce.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { Hold } from '../faults/hold.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import type { OrderStatus } from '../order/status.ts'
import { type OrderRow, toDetail, toView } from '../order/view.ts'
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

const PAGE_HANGS_MS = 120_000

export interface MesParts {
  readonly orders: MesOrders
  readonly announce: Announce
  readonly switches: Switchboard
  readonly hold: Hold
}

/** MES API for the operators: the first page's list, one order, and the four steps of making it. */
export function addMesRoutes(server: FastifyInstance, parts: MesParts): void {
  const { orders, switches, hold } = parts
  const is = (name: FaultName, { order_id: orderId, external_reference: reference }: OrderRow) =>
    switches.active(name, { orderId, reference })

  for (const step of STEPS) addStep(server, parts, step)

  server.get('/api/orders/:orderId', async (request, reply) => {
    const orderId = orderIdOf(request)
    return forOrder('order.read', { orderId }, async () => {
      const row = await orders.find(orderId)
      if (row === undefined) throw unknownOrder(orderId)
      if (is('status-api-nonsense', row)) return { items: [], page: 1, pages: 0 }
      if (is('status-api-refuses', row)) return reply.code(503).send({ error: 'Too many requests are waiting.' })
      return toDetail(row)
    })
  })

  server.get('/api/orders', async (request) => {
    if (switches.active('operators-page-hangs', {})) await hold(request, PAGE_HANGS_MS)
    const rows = (await orders.toMake()).filter((row) => !is('operators-page-stale', row))
    return { orders: rows.map(toView) }
  })
}

function addStep(server: FastifyInstance, { orders, announce, switches }: MesParts, { path, from, to }: Step): void {
  server.post(`/api/orders/:orderId/${path}`, async (request) => {
    const orderId = orderIdOf(request)
    return forOrder(`manufacturing.${path}`, { orderId, endUser: actingPerson(request, 'operator') }, async () => {
      const before = await orders.find(orderId)
      if (before === undefined) throw unknownOrder(orderId)
      if (switches.active('click-not-stored', { orderId, reference: before.external_reference }))
        return { orderId, status: to }
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
