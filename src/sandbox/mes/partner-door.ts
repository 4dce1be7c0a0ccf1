import { trace } from '@opentelemetry/api'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { Announce } from '../broker/announce.ts'
import type { Switchboard } from '../faults/switchboard.ts'
import { MAX_MODEL_BYTES, readModelHead, storeModel } from '../files/model-upload.ts'
import type { Storage } from '../files/storage-client.ts'
import { names } from '../names/names.ts'
import { toDetail } from '../order/view.ts'
import { forOrder, isSynthetic, orderIdOf } from '../service/order-request.ts'
import { unknownOrder } from '../service/refusal.ts'
import { parseInput } from '../service/server.ts'
import { settingStatus } from '../telemetry/spans.ts'
import { storeContext } from '../telemetry/stored-context.ts'
import type { MesOrders } from './orders.ts'
import type { Pricing } from './pricing.ts'

const partnerHeaders = z.object({
  'x-partner-id': z.string().min(1).max(200),
  'x-external-reference': z.string().min(1).max(200).optional(),
})

export interface PartnerParts {
  readonly orders: MesOrders
  readonly storage: Storage
  readonly announce: Announce
  readonly pricing: Pricing
  readonly switches: Switchboard
}

/** How long a partner may take to send a model. */
const UPLOAD_LIMIT_MS = 10 * 60_000

/** Partner API: other sellers send a model and get an order, which is born here and announced to the CRM. */
export function addPartnerDoor(server: FastifyInstance, parts: PartnerParts): void {
  const { orders, storage, announce, pricing, switches } = parts
  server.register(async (door) => {
    // The body is the model itself: handed on as it comes, never held in memory.
    door.removeAllContentTypeParsers()
    door.addContentTypeParser('*', (_, body, done) => done(null, body))
    door.post('/partner/orders', { bodyLimit: MAX_MODEL_BYTES }, async (request, reply) => {
      const headers = parseInput(partnerHeaders, request.headers, 'head')
      const orderId = names.newOrderId()
      const customerId = headers['x-partner-id']
      const reference = headers['x-external-reference'] ?? orderId
      const synthetic = isSynthetic(request)
      const head = readModelHead(orderId, request.headers, synthetic)
      const facts = { orderId, reference, status: 'SUBMITTED', endUser: customerId, synthetic }
      return forOrder('partner.order.create', facts, async () => {
        if (switches.active('partner-door-fails', { orderId, reference }))
          throw new Error('timeout exceeded when trying to connect')
        if (switches.active('partner-door-forgets', { orderId, reference })) {
          request.raw.resume()
          return reply.code(201).send({ orderId, status: 'SUBMITTED' })
        }
        const model = await storeModel(storage, { ...head, reference }, request.raw, UPLOAD_LIMIT_MS)
        const about = { 'file.size': model.size, 'file.type': model.type }
        trace.getActiveSpan()?.setAttributes(about)
        const place = async (id: string) => {
          const order = { orderId: id, reference, customerId, synthetic, model }
          await settingStatus('SUBMITTED', () => orders.insert(order, 'partner', storeContext()))
          const at = new Date().toISOString()
          await announce('manufacturing', 'partner.order.created', {
            orderId: id,
            externalReference: reference,
            customerId,
            synthetic,
            at,
            model,
          })
          pricing.start(order)
          return { orderId: id, status: 'SUBMITTED' }
        }
        const first = await place(orderId)
        if (!switches.active('partner-order-tried-twice', { orderId, reference })) return reply.code(201).send(first)
        const again = names.newOrderId()
        const second = await forOrder('partner.order.create', { ...facts, orderId: again }, () => place(again))
        return reply.code(201).send(second)
      })
    })
  })

  server.get('/partner/orders/:orderId', async (request) => {
    const orderId = orderIdOf(request)
    return forOrder('order.read', { orderId }, async () => {
      const row = await orders.find(orderId, 'partner')
      if (row === undefined) throw unknownOrder(orderId)
      return toDetail(row)
    })
  })
}
