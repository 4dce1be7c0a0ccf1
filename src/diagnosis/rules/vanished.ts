import { stageAct } from '../../journey/stage-evidence.ts'
import type { Course } from '../course.ts'
import { settleMs } from '../lacking.ts'
import { findRelapse, looksOf, type Relapse } from '../looks.ts'

/**
 * The order was shown by nothing but the answers of the system it was being placed at, and by them no more: no row of it was ever seen, no span set its status, no
 * other system knew it. Such an order was never saved. Null for every other.
 */
export function vanished(course: Course, system: string): Relapse | null {
  const { view } = course.assembly
  if (view.contract.flows[view.order.flow]?.bornIn !== system) return null
  const answered = looksOf(view).flatMap((told) => (told.looks.some(({ status }) => status !== null) ? [told] : []))
  const [own] = answered
  if (own === undefined || answered.length > 1 || own.system !== system || own.source !== 'status-api') return null
  if ([...course.placing].some((stage) => stageAct(view, system, stage) !== null)) return null
  if (own.looks.some(({ status }) => status !== null && !course.placing.has(status))) return null
  const gone = findRelapse(
    own.looks,
    (look, before) => look.status === null && before.status !== null,
    settleMs(course),
  )
  return gone?.standing === true ? gone : null
}
