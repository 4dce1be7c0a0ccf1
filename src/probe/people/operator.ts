import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { WORKPLACES } from '../workplaces.ts'
import { act } from './act.ts'

/** The person who makes the piece; each act waits until the order shows in manufacturing as ready for it. */
export interface Operator {
  takes(order: ProbeOrder): Promise<void>
  completes(order: ProbeOrder): Promise<void>
  packs(order: ProbeOrder): Promise<void>
  ships(order: ProbeOrder): Promise<void>
  /** Takes, completes, packs and ships. */
  makes(order: ProbeOrder): Promise<void>
}

export function createOperator(session: Session): Operator {
  const press = (step: string, button: string, sees: string, makes: string) => (order: ProbeOrder) =>
    act(session, order, {
      by: 'operator',
      step,
      sees,
      seesIn: WORKPLACES.operator,
      makes,
      path: (id) => `/api/orders/${id}/${button}`,
    })
  const takes = press('takes', 'take', 'MANUFACTURING_APPROVED', 'MANUFACTURING_STARTED')
  const completes = press('completes', 'complete', 'MANUFACTURING_STARTED', 'MANUFACTURING_COMPLETED')
  const packs = press('packs', 'pack', 'MANUFACTURING_COMPLETED', 'PACKAGING')
  const ships = press('ships', 'ship', 'PACKAGING', 'SHIPPED')
  return {
    takes,
    completes,
    packs,
    ships,
    makes: async (order) => {
      await takes(order)
      await completes(order)
      await packs(order)
      await ships(order)
    },
  }
}
