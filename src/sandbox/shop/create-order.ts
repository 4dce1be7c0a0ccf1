import { trace } from '@opentelemetry/api'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { FaultName } from '../faults/catalogue.ts'
import { createHold } from '../faults/hold.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import { forOrder, isSynthetic } from '../service/order-request.ts'
import { Refusal } from '../service/refusal.ts'
import { parseInput } from '../service/server.ts'
import { sayPath } from '../service/wire-hooks.ts'
import { settingStatus } from '../telemetry/spans.ts'
import type { Cart } from './cart.ts'
import { type NewOrder, newOrder, newOrderId, type ShopOrders } from './orders.ts'

const HANG_MS = 60_000
const NO_CONNECTION = 'timeout exceeded when trying to connect'

export interface CreatingParts {
  readonly orders: ShopOrders
  readonly switches: Switchboard
  readonly cart: Cart
}

/** `POST /api/orders`: a new order, INITIATED. */
export function addCreating(server: FastifyInstance, { orders, switches, cart }: CreatingParts): void {
  const hold = createHold(server)
  const late = new Set<string>()
  let lastAnswered: string | undefined

  server.post('/api/orders', async (request, reply) => {
    const body = parseInput(newOrder, request.body, 'order')
    const idempotencyKey = z.string().max(200).optional().parse(request.headers['idempotency-key'])
    const orderId = newOrderId()
    const reference = body.externalReference ?? orderId
    const synthetic = isSynthetic(request)
    const customerId = body.customer.id ?? `${synthetic ? 'synthetic' : 'guest'}-${orderId}`
    const facts = { orderId, reference, status: 'INITIATED', endUser: customerId, synthetic }
    const on = (name: FaultName) => switches.active(name, { orderId, reference })
    const created = (id: string, status: string): FastifyReply => reply.code(201).send({ orderId: id, status })

    if (on('shop-answers-from-cache') && lastAnswered !== undefined) return created(lastAnswered, 'INITIATED')
    return forOrder('order.create', facts, async () => {
      if (on('shop-create-fails')) throw new Error(`${NO_CONNECTION}: all 8 connections are in use`)
      if (on('shop-create-hangs')) {
        await hold(request, HANG_MS)
        throw new Error(NO_CONNECTION)
      }
      if (on('shop-forgets')) return created(orderId, 'INITIATED')
      if (on('shop-cart-reset')) {
        const row = { order_id: orderId, external_reference: reference, customer_id: customerId, synthetic }
        await settingStatus('INITIATED', () => cart.keep(row))
        return created(orderId, 'INITIATED')
      }
      if (on('personal-data-in-spans')) tellCustomer(body.customer)
      if (on('personal-data-in-url')) await lookForEarlier(request, reference, body.customer)
      const tooLate = on('shop-answers-too-late')
      const key = tooLate ? undefined : idempotencyKey
      const row = await settingStatus('INITIATED', () =>
        orders.insert({ ...body, orderId, reference, customerId, synthetic, idempotencyKey: key }),
      )
      if (tooLate && !late.has(reference)) {
        late.add(reference)
        await hold(request, HANG_MS)
      }
      if (row !== undefined) {
        lastAnswered = row.order_id
        return created(row.order_id, row.status)
      }
      const first = await orders.findByIdempotencyKey(idempotencyKey ?? '')
      if (first === undefined) throw new Refusal(409, 'The order could not be created.')
      trace.getActiveSpan()?.setAttribute('order.id', first.order_id)
      return created(first.order_id, first.status)
    })
  })
}

function tellCustomer({ name, email }: NewOrder['customer']): void {
  const attributes = { 'user.full_name': name, 'user.email': email }
  trace.getActiveSpan()?.setAttributes(attributes)
}

/** Asks our own list what this customer has ordered under the reference before. */
async function lookForEarlier(
  { raw: { socket } }: FastifyRequest,
  externalReference: string,
  { email = '' }: NewOrder['customer'],
): Promise<void> {
  const list = new URL(sayPath('/api/orders'), `http://127.0.0.1:${socket.localPort}`)
  list.search = sayPath(new URLSearchParams({ externalReference, email }).toString())
  await (await fetch(list)).arrayBuffer()
}
