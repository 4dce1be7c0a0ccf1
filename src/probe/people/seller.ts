import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { act } from './act.ts'

/** The person who confirms an order in the CRM. */
export interface Seller {
  /** Waits for the price to show, then approves. */
  approves(order: ProbeOrder): Promise<void>
  /** Waits until the order shows as sent, then closes it by hand. */
  closes(order: ProbeOrder): Promise<void>
}

export function createSeller(session: Session): Seller {
  return {
    approves: (order) => act(session, order, 'seller', 'seller approves'),
    closes: (order) => act(session, order, 'seller', 'seller closes'),
  }
}
