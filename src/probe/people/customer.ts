import { plantedIn } from '../../evidence/planted.ts'
import { ask, customerId } from '../ask.ts'
import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { uploading } from './uploading.ts'

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
  const { acts } = session.settings
  const { name, email, phone } = plantedIn(session.grant.key)
  return {
    id: customerId(session),
    name,
    email,
    phone,
    orders: async (order) => {
      await order.mayGoOnTo(acts['customer orders'].makes)
      await order.placedAs(await ask(session, 'customer', 'customer orders'))
    },
    uploads: async (order, file) => {
      await order.mayGoOnTo(acts['customer uploads'].makes)
      await ask(session, 'customer', 'customer uploads', await uploading(session, file))
    },
    builds: async (order, { triangles }) => {
      await order.mayGoOnTo(acts['customer builds'].makes)
      await ask(session, 'customer', 'customer builds', { values: { triangles } })
    },
    submits: async (order) => {
      await order.mayGoOnTo(acts['customer submits'].makes)
      await ask(session, 'customer', 'customer submits')
    },
  }
}
