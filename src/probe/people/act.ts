import { delay } from '../../shared/wait.ts'
import { type ActName, ask } from '../ask.ts'
import type { ProbeOrder } from '../order.ts'
import type { Session } from '../session.ts'
import { OrderStopped } from '../story-end.ts'
import type { Role } from '../workplaces.ts'

/** Refusals that mean: the news has not come here yet. */
const NOT_YET = new Set([404, 409])
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 2_000

/**
 * One press of a button by a person at work. Waits until the person can see that it is their turn, then acts; the wait is no part of the act's trace. Where no
 * witness tells what the person sees, the news may still be under way: a person who is told so looks again a while.
 */
export async function act(session: Session, order: ProbeOrder, by: Role, name: ActName): Promise<void> {
  const { makes, sees } = session.settings.acts[name]
  await order.mayGoOnTo(makes)
  if (sees !== undefined) await order.reaches(sees.stage, { in: sees.in })
  const giveUpAt = performance.now() + session.settings.requestTimeoutMs
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      await ask(session, by, name)
      return
    } catch (error) {
      const notYet = error instanceof OrderStopped && NOT_YET.has(error.httpStatus ?? 0)
      if (!notYet || performance.now() + pauseMs > giveUpAt) throw error
      await delay(pauseMs)
    }
  }
}
