import { ask, partnerId } from '../ask.ts'
import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { uploading } from './uploading.ts'

/** Another seller who orders directly from manufacturing. */
export interface Partner {
  readonly id: string
  /** Sends the model through the partner door; the order is born there. */
  orders(order: ProbeOrder, file: string): Promise<void>
}

export function createPartner(session: Session): Partner {
  const { acts, marks } = session.settings
  return {
    id: partnerId(marks.customerPrefix),
    orders: async (order, file) => {
      await order.mayGoOnTo(acts['partner orders'].makes)
      await order.placedAs(await ask(session, 'partner', 'partner orders', await uploading(session, file)))
    },
  }
}
