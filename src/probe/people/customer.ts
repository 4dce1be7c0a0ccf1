import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { plantedIn } from '../../evidence/planted.ts'
import { contentTypeOf } from '../model-type.ts'
import type { ProbeOrder } from '../order.ts'
import { digestOf, tellFile } from '../sent-file.ts'
import type { Session } from '../session.ts'
import { fieldOf, takeStep } from '../step.ts'
import { WORKPLACES } from '../workplaces.ts'

/** The person who orders; marked as a test wherever a name of theirs goes. */
export interface Customer {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly phone: string
  /** Begins the order by the shop's API. */
  orders(order: ProbeOrder): Promise<void>
  /** Uploads the model file. */
  uploads(order: ProbeOrder, file: string): Promise<void>
  /** Builds a simple ring instead of an upload. */
  builds(order: ProbeOrder, ring: { readonly triangles: number }): Promise<void>
  /** Places the order. */
  submits(order: ProbeOrder): Promise<void>
}

export function createCustomer(session: Session): Customer {
  const system = WORKPLACES.customer
  const { marks } = session.settings
  const id = `${marks.customerPrefix}${session.grant.key}`
  const { name, email, phone } = plantedIn(session.grant.key)
  const person = { id, name, email, phone }
  const path = (order: ProbeOrder, act: string) => `/api/orders/${encodeURIComponent(order.id)}/${act}`
  const json = { 'content-type': 'application/json' }

  return {
    ...person,
    orders: async (order) => {
      await order.mayGoOnTo('INITIATED')
      const answer = await takeStep(session, 'customer', 'orders', (send) =>
        send({
          system,
          method: 'POST',
          path: '/api/orders',
          headers: { ...json, 'idempotency-key': order.key },
          body: JSON.stringify({ customer: person, externalReference: order.reference }),
        }),
      )
      await order.placedAs(fieldOf(answer, 'orderId', system))
    },
    uploads: async (order, file) => {
      await order.mayGoOnTo('FILE_UPLOADED')
      const body = await openAsBlob(file)
      const type = contentTypeOf(file)
      tellFile(session, await digestOf(file), type, session.clock.now())
      await takeStep(session, 'customer', 'uploads', (send) =>
        send({
          system,
          method: 'PUT',
          path: path(order, 'model'),
          headers: {
            'content-type': type,
            'x-file-name': basename(file),
            'x-storage-prefix': marks.storagePrefix,
          },
          body,
          timeoutMs: session.settings.uploadTimeoutMs,
        }),
      )
    },
    builds: async (order, ring) => {
      await order.mayGoOnTo('FILE_UPLOADED')
      await takeStep(session, 'customer', 'builds', (send) =>
        send({
          system,
          method: 'POST',
          path: path(order, 'constructor'),
          headers: { ...json, 'x-storage-prefix': marks.storagePrefix },
          body: JSON.stringify(ring),
        }),
      )
    },
    submits: async (order) => {
      await order.mayGoOnTo('SUBMITTED')
      await takeStep(session, 'customer', 'submits', (send) =>
        send({ system, method: 'POST', path: path(order, 'submit') }),
      )
    },
  }
}
