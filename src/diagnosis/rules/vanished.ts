import type { Act } from '../../journey/act.ts'
import { endOf } from '../../journey/crossings/crossing.ts'
import { stageAct } from '../../journey/stage-evidence.ts'
import type { Course } from '../course.ts'
import { settleMs } from '../lacking.ts'
import { findRelapse, type Looks, looksOf, type Relapse } from '../looks.ts'

/**
 * The order was shown by nothing but the answers of the system it was being placed at, and by them no more: no row of it was ever seen, no span set its status, no
 * other system knew it. Such an order was never saved. A span may claim the status; rows that were read after it and never held the order say better, and so does a request that
 * was told there is no such order while the system went on showing it. Null for every other.
 */
export function vanished(course: Course, system: string): Relapse | null {
  const { view } = course.assembly
  if (view.contract.flows[view.order.flow]?.bornIn !== system) return null
  const answered = looksOf(view).flatMap((told) => (told.looks.some(({ status }) => status !== null) ? [told] : []))
  const [own] = answered
  if (own === undefined || answered.length > 1 || own.system !== system || own.source !== 'status-api') return null
  const claims = [...course.placing].flatMap((stage) => stageAct(view, system, stage) ?? [])
  const isDenied = (claim: Act) => isDeniedByRows(course, system, claim) || isDeniedWhileShown(course, own, claim)
  if (!claims.every(isDenied)) return null
  if (own.looks.some(({ status }) => status !== null && !course.placing.has(status))) return null
  const gone = findRelapse(
    own.looks,
    (look, before) => look.status === null && before.status !== null,
    settleMs(course),
  )
  return gone?.standing === true ? gone : null
}

/** What is deleted is not shown afterwards: who is refused an order that is still shown, and every time, asked where it never was. */
function isDeniedWhileShown(course: Course, { system, looks }: Looks, claim: Act): boolean {
  const { view } = course.assembly
  const claimed = view.clocks.moment(endOf(claim)).latest
  const shown = looks.findLast(({ status }) => status !== null)
  const own = view.requests.filter(
    (request) =>
      request.system === system &&
      request.at.earliest >= claimed &&
      [...view.spans.orderIds].some((id) => request.path.includes(id)),
  )
  const refused = own.filter(({ httpStatus }) => httpStatus === NO_SUCH_ORDER)
  return refused.length === own.length && shown !== undefined && refused.some(({ at }) => at.latest < shown.at.earliest)
}

const NO_SUCH_ORDER = 404

/** The system's own database was read after the span had ended, and neither then nor ever held the order. */
function isDeniedByRows(course: Course, system: string, claim: Act): boolean {
  const { view } = course.assembly
  const claimed = view.clocks.moment(endOf(claim)).latest
  const rows = view.answersOf(system).filter(({ source }) => source === 'postgres')
  return rows.every(({ status }) => status === null) && rows.some(({ at }) => at.earliest >= claimed)
}
