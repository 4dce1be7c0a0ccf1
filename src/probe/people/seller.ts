import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { WORKPLACES } from '../workplaces.ts'
import { act } from './act.ts'

/** The person who confirms an order in the CRM. */
export interface Seller {
  /** Waits for the price to show, then approves. */
  approves(order: ProbeOrder): Promise<void>
  /** Waits until the order shows as sent, then closes it by hand. */
  closes(order: ProbeOrder): Promise<void>
}

export function createSeller(session: Session): Seller {
  const seesIn = WORKPLACES.seller
  return {
    approves: (order) =>
      act(session, order, {
        by: 'seller',
        step: 'approves',
        sees: 'PRICE_CALCULATED',
        seesIn,
        makes: 'MANUFACTURING_APPROVED',
        path: (id) => `/api/orders/${id}/approve`,
      }),
    closes: (order) =>
      act(session, order, {
        by: 'seller',
        step: 'closes',
        sees: 'SHIPPED',
        seesIn,
        makes: 'CLOSED',
        path: (id) => `/api/orders/${id}/close`,
      }),
  }
}
