import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
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
  const press = (name: Parameters<typeof act>[3]) => (order: ProbeOrder) => act(session, order, 'operator', name)
  const takes = press('operator takes')
  const completes = press('operator completes')
  const packs = press('operator packs')
  const ships = press('operator ships')
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
