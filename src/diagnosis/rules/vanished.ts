import type { Act } from '../../journey/act.ts'
import { endOf } from '../../journey/crossings/crossing.ts'
import { stageAct } from '../../journey/stage-evidence.ts'
import type { Course } from '../course.ts'
import { settleMs } from '../lacking.ts'
import { findRelapse, looksOf, type Relapse } from '../looks.ts'

/**
 * The order was shown by nothing but the answers of the system it was being placed at, and by them no more: no row of it was ever seen, no span set its status, no
 * other system knew it. Such an order was never saved. A span may claim the status; rows that were read after it and never held the order say better. Null for every other.
 */
export function vanished(course: Course, system: string): Relapse | null {
  const { view } = course.assembly
  if (view.contract.flows[view.order.flow]?.bornIn !== system) return null
  const answered = looksOf(view).flatMap((told) => (told.looks.some(({ status }) => status !== null) ? [told] : []))
  const [own] = answered
  if (own === undefined || answered.length > 1 || own.system !== system || own.source !== 'status-api') return null
  const claims = [...course.placing].flatMap((stage) => stageAct(view, system, stage) ?? [])
  if (claims.some((claim) => !isDeniedByRows(course, system, claim))) return null
  if (own.looks.some(({ status }) => status !== null && !course.placing.has(status))) return null
  const gone = findRelapse(
    own.looks,
    (look, before) => look.status === null && before.status !== null,
    settleMs(course),
  )
  return gone?.standing === true ? gone : null
}

/** The system's own database was read after the span had ended, and neither then nor ever held the order. */
function isDeniedByRows(course: Course, system: string, claim: Act): boolean {
  const { view } = course.assembly
  const claimed = view.clocks.moment(endOf(claim)).latest
  const rows = view.answersOf(system).filter(({ source }) => source === 'postgres')
  return rows.every(({ status }) => status === null) && rows.some(({ at }) => at.earliest >= claimed)
}
