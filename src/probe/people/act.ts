import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { takeStep } from '../step.ts'
import { type Role, WORKPLACES } from '../workplaces.ts'

/** One press of a button by a person at work. */
export interface Act {
  readonly by: Role
  readonly step: string
  /** The status the person must see before they can act, and the system in which they see it. */
  readonly sees: string
  readonly seesIn: string
  /** The status the act makes. */
  readonly makes: string
  readonly path: (orderId: string) => string
}

/** Waits until the person can see that it is their turn, then acts; the wait is no part of the act's trace. */
export async function act(session: Session, order: ProbeOrder, plan: Act): Promise<void> {
  await order.mayGoOnTo(plan.makes)
  await order.reaches(plan.sees, { in: plan.seesIn })
  await takeStep(session, plan.by, plan.step, (send) =>
    send({ system: WORKPLACES[plan.by], method: 'POST', path: plan.path(encodeURIComponent(order.id)) }),
  )
}
