import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { act } from './act.ts'

/** Who brings the parcel. */
export interface Carrier {
  /** Waits until the seller's side knows the order was sent, then delivers it. */
  delivers(order: ProbeOrder): Promise<void>
}

export function createCarrier(session: Session): Carrier {
  return { delivers: (order) => act(session, order, 'carrier', 'carrier delivers') }
}
