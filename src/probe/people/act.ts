import { delay } from '../../shared/wait.ts'
import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { takeStep } from '../step.ts'
import { OrderStopped } from '../story-end.ts'
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

/** Refusals that mean: the news has not come here yet. */
const NOT_YET = new Set([404, 409])
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

/**
 * Waits until the person can see that it is their turn, then acts; the wait is no part of the act's trace. Where no
 * witness tells what the person sees, the news may still be under way: a person who is told so looks again a while.
 */
export async function act(session: Session, order: ProbeOrder, plan: Act): Promise<void> {
  await order.mayGoOnTo(plan.makes)
  await order.reaches(plan.sees, { in: plan.seesIn })
  const press = () =>
    takeStep(session, plan.by, plan.step, (send) =>
      send({ system: WORKPLACES[plan.by], method: 'POST', path: plan.path(encodeURIComponent(order.id)) }),
    )
  const giveUpAt = performance.now() + session.settings.requestTimeoutMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      await press()
      return
    } catch (error) {
      const notYet = error instanceof OrderStopped && NOT_YET.has(error.httpStatus ?? 0)
      if (!notYet || performance.now() + pauseMs > giveUpAt) throw error
      await delay(pauseMs)
    }
  }
}
