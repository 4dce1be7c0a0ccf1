import type { Course } from '../course.ts'
import { clockTime } from '../describe.ts'
import { settleMs } from '../lacking.ts'
import {
  bySystem,
  findRelapse,
  type Looks,
  lookInWords,
  patienceWith,
  proofOfLook,
  sticksBy,
  tellerOf,
} from '../looks.ts'
import { firstProof, foundAt, pendingAt, placeUnderWay } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { vanished } from './vanished.ts'

/**
 * A system that had the order has it no more, though the order has stages to come there. Proof: one source that showed it and now, asked again and again,
 * knows no such order. A finished order may be put away; a service that knows nothing for a moment while it is started anew has deleted nothing, so that an
 * answer over HTTP must stand much longer than a row. An order seen nowhere but in the answers of the system it was placed at was never saved.
 */
export const orderDeleted: Rule = {
  code: 'order-deleted',
  provenBy: [['status-api'], ['postgres']],
  judge: (course) => join(bySystem(course).map((sources) => firstProof(sources.map((told) => judge(course, told))))),
}

function judge(course: Course, told: Looks): Judgement {
  const { system, source, looks } = told
  const patience = source === 'postgres' ? patienceWith(source) : settleMs(course)
  const relapse = findRelapse(looks, (look, before) => look.status === null && before.status !== null, patience)
  if (relapse === null || !relapse.standing || vanished(course, system) !== null) return NOTHING
  const { before, first, last } = relapse
  const place = placeUnderWay(course, first.at.latest, system)
  if (place === null) return NOTHING
  if (!relapse.stuck) return pendingAt(place, sticksBy(relapse, patience), `another word of the ${tellerOf(first)}`)
  return foundAt(place, {
    code: 'order-deleted',
    class: 'order',
    severity: 'broken',
    message: `${system} had the order in ${lookInWords(before)} and knows no such order since ${clockTime(first.at.latest)}, while ${place.stage} was awaited.`,
    owner: ownerOf(course, system),
    hint: `see who or what deleted the order in ${system} at that moment`,
    detectedAt: last.seenAt,
    evidence: [proofOfLook(before), proofOfLook(first), proofOfLook(last)],
  })
}
