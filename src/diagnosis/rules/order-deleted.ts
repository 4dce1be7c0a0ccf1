import type { StatusAnswered } from '../../evidence/fact.ts'
import type { Act } from '../../journey/act.ts'
import { endOf } from '../../journey/crossings/crossing.ts'
import { standingAct, workSince } from '../../journey/stage-evidence.ts'
import { fromMs, latest, plus } from '../../shared/units.ts'
import type { Course } from '../course.ts'
import { clockTime, proofOfAct } from '../describe.ts'
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
 * answer over HTTP must stand much longer than a row. Gone before any look saw it: the system's spans that set a status and work on the order afterwards, and a
 * denial past the deadline of what is awaited. An order seen nowhere but in the answers of the system it was placed at was never saved.
 */
export const orderDeleted: Rule = {
  code: 'order-deleted',
  provenBy: [['status-api'], ['postgres']],
  judge: (course) =>
    join(
      bySystem(course).map((sources) =>
        firstProof([...sources.map((told) => judge(course, told)), judgeUnseen(course, sources)]),
      ),
    ),
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

/** Another answer comes this soon after a deadline. */
const NEXT_LOOK_MS = 4_000

/** No look was quick enough to see the order there. A witness that looks at the wrong place denies every order, so nothing is said before what is awaited is overdue. */
function judgeUnseen(course: Course, sources: readonly Looks[]): Judgement {
  const { view } = course.assembly
  const [system] = sources.map((told) => told.system)
  const looks = sources.flatMap((told) => told.looks)
  if (system === undefined || looks.some(({ status }) => status !== null)) return NOTHING
  const worked = lastWork(course, system)
  if (worked === null) return NOTHING
  const had = view.clocks.moment(endOf(worked.setting)).latest
  const place = placeUnderWay(course, had, system)
  const deadline = course.stages.find(({ step }) => step.stage === place?.stage)?.deadline ?? null
  if (place === null || deadline === null || course.now < deadline) return NOTHING
  const denied = looks.filter(({ at }) => at.earliest >= latest(had, deadline))
  const last = denied.reduce<StatusAnswered | null>(
    (end, look) => (end === null || look.seenAt > end.seenAt ? look : end),
    null,
  )
  const until = plus(deadline, fromMs(NEXT_LOOK_MS))
  if (last === null) return course.now < until ? pendingAt(place, until, `another word of ${system}`) : NOTHING
  return foundAt(place, {
    code: 'order-deleted',
    class: 'order',
    severity: 'broken',
    message: `${system} had the order in ${worked.stage} at ${clockTime(had)} and worked on it, and knows no such order, while ${place.stage} was awaited.`,
    owner: ownerOf(course, system),
    hint: `see who or what deleted the order in ${system} after that moment`,
    detectedAt: last.seenAt,
    evidence: [proofOfAct(view, worked.setting), proofOfAct(view, worked.since), proofOfLook(last)],
  })
}

/** The last status the system's spans set, after which they tell of work on the order. */
function lastWork({ stages, assembly: { view } }: Course, system: string) {
  for (const { step } of stages.toReversed()) {
    const setting: Act | null = standingAct(view, system, step.stage)
    const since = setting === null ? null : workSince(view, system, setting)
    if (setting !== null && since !== null) return { stage: step.stage, setting, since }
  }
  return null
}
