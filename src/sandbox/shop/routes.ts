import type { Readable } from 'node:stream'
import { trace } from '@opentelemetry/api'
import type { FastifyInstance } from 'fastify'
import pg from 'pg'
import { z } from 'zod'
import type { Switchboard } from '../faults/switchboard.ts'
import { MAX_MODEL_BYTES, type ModelHead, readModelHead, storagePrefix, storeModel } from '../files/model-upload.ts'
import type { Storage } from '../files/storage-client.ts'
import { toDetail, toView } from '../order/view.ts'
import { forOrder, isSynthetic, orderIdOf } from '../service/order-request.ts'
import { Refusal, unknownOrder } from '../service/refusal.ts'
import { parseInput } from '../service/server.ts'
import type { Speed } from '../service/settings.ts'
import { settingStatus } from '../telemetry/spans.ts'
import { storeContext } from '../telemetry/stored-context.ts'
import type { Cart } from './cart.ts'
import { addCreating } from './create-order.ts'
import type { ShopOrders } from './orders.ts'
import { buildRing } from './ring.ts'

const ringOrder = z.object({ triangles: z.number().int().min(12).max(4_000_000).default(2_000) })
/** How long a customer's session lives while a model is on its way. */
const SESSION_MS: Readonly<Record<Speed, number>> = { fast: 8_000, realistic: 5 * 60_000 }
const search = z.object({ externalReference: z.string().min(1).max(200) })

export interface ShopParts {
  readonly orders: ShopOrders
  readonly storage: Storage
  readonly switches: Switchboard
  readonly cart: Cart
  readonly speed: Speed
  readonly keepsRowContext: boolean
}

/** Shop API: creates orders, stores models, places orders. It knows neither the broker nor the CRM. */
export function addShopRoutes(server: FastifyInstance, parts: ShopParts): void {
  addCreating(server, parts)
  addPlacing(server, parts)
  addUploads(server, parts)
  addReading(server, parts)
}

function addPlacing(server: FastifyInstance, { orders, switches, keepsRowContext }: ShopParts): void {
  server.post('/api/orders/:orderId/submit', async (request) => {
    const orderId = orderIdOf(request)
    return forOrder('order.submit', { orderId }, async () => {
      const before = await orders.find(orderId)
      if (before === undefined) throw unknownOrder(orderId)
      const stored = keepsRowContext ? storeContext() : { traceparent: null, baggage: null }
      const names = { orderId, reference: before.external_reference }
      const row = await settingStatus('SUBMITTED', () => {
        if (switches.active('shop-db-refuses', names)) throw noConnectionLeft()
        if (switches.active('submit-not-committed', names)) return orders.submitUncommitted(orderId, stored)
        return orders.submit(orderId, stored)
      })
      if (row === undefined)
        throw new Refusal(409, `An order in ${before.status} cannot be placed; it needs an uploaded model.`)
      return { orderId, status: row.status }
    })
  })
}

function addUploads(server: FastifyInstance, { orders, storage, speed }: ShopParts): void {
  const accept = async (head: ModelHead, body: Readable) => {
    const { orderId } = head
    const before = await orders.find(orderId)
    if (before === undefined) throw unknownOrder(orderId)
    if (before.status !== 'INITIATED' && before.status !== 'FILE_UPLOADED') {
      throw new Refusal(409, `An order in ${before.status} takes no other model.`)
    }
    const file = await storeModel(storage, { ...head, reference: before.external_reference }, body, SESSION_MS[speed])
    const about = { 'file.size': file.size, 'file.type': file.type }
    trace.getActiveSpan()?.setAttributes(about)
    const row = await settingStatus(
      'FILE_UPLOADED',
      () => orders.saveModel(orderId, { ...file, name: head.fileName }),
      about,
    )
    if (row === undefined) throw new Refusal(409, 'The order was placed while the model was uploaded.')
    return { orderId, status: row.status, file }
  }

  server.register(async (uploads) => {
    // The body is the model itself: handed on as it comes, never held in memory.
    uploads.removeAllContentTypeParsers()
    uploads.addContentTypeParser('*', (_, body, done) => done(null, body))
    uploads.put('/api/orders/:orderId/model', { bodyLimit: MAX_MODEL_BYTES }, async (request) => {
      const orderId = orderIdOf(request)
      const head = readModelHead(orderId, request.headers, isSynthetic(request))
      return forOrder('order.model.upload', { orderId }, () => accept(head, request.raw))
    })
  })

  server.post('/api/orders/:orderId/constructor', async (request) => {
    const orderId = orderIdOf(request)
    const { triangles } = parseInput(ringOrder, request.body ?? {}, 'ring')
    const prefix = storagePrefix(request.headers, isSynthetic(request))
    const { size, stream } = buildRing(triangles)
    const head = { orderId, prefix, fileName: 'ring.stl', type: 'model/stl', size }
    return forOrder('order.model.build', { orderId }, () => accept(head, stream))
  })
}

/** What PostgreSQL answers to a client it has no place for. */
function noConnectionLeft(): Error {
  const error = new pg.DatabaseError('sorry, too many clients already', 81, 'error')
  return Object.assign(error, { severity: 'FATAL', code: '53300', file: 'proc.c', routine: 'InitProcess' })
}

function addReading(server: FastifyInstance, { orders, cart }: ShopParts): void {
  server.get('/api/orders/:orderId', async (request) => {
    const orderId = orderIdOf(request)
    return forOrder('order.read', { orderId }, async () => {
      const row = cart.find(orderId) ?? (await orders.find(orderId))
      if (row === undefined) throw unknownOrder(orderId)
      return toDetail(row)
    })
  })

  server.get('/api/orders', async (request) => {
    const { externalReference } = parseInput(search, request.query, 'query')
    return { orders: (await orders.findByReference(externalReference)).map(toView) }
  })
}
