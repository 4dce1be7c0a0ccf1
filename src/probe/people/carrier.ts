import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { WORKPLACES } from '../workplaces.ts'
import { act } from './act.ts'

/** Who brings the parcel. */
export interface Carrier {
  /** Waits until the seller's side knows the order was sent, then delivers it. */
  delivers(order: ProbeOrder): Promise<void>
}

export function createCarrier(session: Session): Carrier {
  return {
    delivers: (order) =>
      act(session, order, {
        by: 'carrier',
        step: 'delivers',
        sees: 'SHIPPED',
        // The carrier's message goes to the seller's side, which must know that the order was sent.
        seesIn: WORKPLACES.seller,
        makes: 'CLOSED',
        path: (id) => `/api/parcels/${id}/delivered`,
      }),
  }
}
