import type { RequestMade } from '../../evidence/fact.ts'
import { fromMs, latest, plus } from '../../shared/units.ts'
import type { Course, Gap } from '../course.ts'
import { clockTime, proofOfRequest } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { lackingAt, settleMs } from '../lacking.ts'
import { lookInWords, looksOf, patienceWith, proofOfLook, sticksBy, tellerOf } from '../looks.ts'
import { atOwner, foundAt, pendingAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, placed, type Rule } from '../rule.ts'
import { isPlacing, linkOf, requestsBehind, requestsFor } from './placing-requests.ts'
import { vanished } from './vanished.ts'

/**
 * The client saw success, yet the owner knows nothing of it. Proof: the answered request, and the owner's own denial: asked after the deadline, or
 * twice in two ways before it (its status API and a later request of the story), which a slow replica does not do. An order shown out of a cache for a
 * moment, and by nobody else, was not saved either; nor one that was answered with the id of another's order, as the owner's source tells that knows references.
 */
export const orderNotSaved: Rule = {
  code: 'order-not-saved',
  provenBy: [
    ['probe', 'status-api'],
    ['probe', 'postgres'],
    ['probe', 'otlp'],
  ],
  judge: (course) =>
    join([...course.gaps.map((gap) => judge(course, gap)), judgeVanished(course), judgeForeign(course)]),
}

function judge(course: Course, gap: Gap): Judgement {
  if (!isPlacing(course, gap)) return NOTHING
  const { succeeded } = requestsBehind(course, gap)
  if (succeeded === null) return NOTHING
  const denial = deniedTwice(course, succeeded) ?? deniedAtDeadline(course, gap)
  if (denial === null) return NOTHING
  const stage = gap.blocks?.stage ?? null
  return placed(gap, {
    code: 'order-not-saved',
    class: 'order',
    severity: 'broken',
    handoff: linkOf(gap),
    stage,
    message: `${succeeded.system} answered ${succeeded.httpStatus} to ${succeeded.method} ${succeeded.path} at ${clockTime(succeeded.at.latest)}, but ${stage} was not saved (${linkOf(gap)}).`,
    owner: ownerOf(course, succeeded.system),
    hint: `look for a write that was never committed in ${succeeded.system} at that moment`,
    detectedAt: denial.reduce((at, proof) => latest(at, proof.at), succeeded.seenAt),
    evidence: [proofOfRequest(succeeded), ...denial],
    explains: [],
  })
}

function deniedAtDeadline(course: Course, gap: Gap): readonly Proof[] | null {
  const absence = lackingAt(course, gap)
  return absence.state === 'proven' ? absence.proof : null
}

function deniedTwice(course: Course, accepted: RequestMade): readonly Proof[] | null {
  const { view } = course.assembly
  const answers = view.answersOf(accepted.system)
  if (answers.some(({ status }) => status !== null)) return null
  const unknown = answers.find(({ at }) => at.earliest >= accepted.at.latest)
  const denied = view.requests.find(
    (request) =>
      request.system === accepted.system && request.httpStatus === 404 && request.at.earliest >= accepted.at.latest,
  )
  if (unknown === undefined || denied === undefined) return null
  return [
    { source: unknown.source, at: unknown.seenAt, what: `${accepted.system} API: no such order`, ref: unknown.id },
    { ...proofOfRequest(denied), at: denied.seenAt },
  ]
}

/** Shown for a moment out of a cache, then gone: denied ever since, or twice in two ways. */
function judgeVanished(course: Course): Judgement {
  const { view } = course.assembly
  const [first] = course.stages
  const system = view.contract.flows[view.order.flow]?.bornIn
  const gone = system === undefined ? null : vanished(course, system)
  if (first === undefined || gone === null) return NOTHING
  const place = atOwner(first)
  const denied = view.requests.find((request) => request.system === system && request.httpStatus === 404)
  if (!gone.stuck && denied === undefined) {
    return pendingAt(place, sticksBy(gone, settleMs(course)), `another word of the ${tellerOf(gone.first)}`)
  }
  const accepted = requestsFor(view, first.step)?.find(({ httpStatus }) => httpStatus !== null && httpStatus < 400)
  const denial: Proof = denied === undefined ? proofOfLook(gone.last) : { ...proofOfRequest(denied), at: denied.seenAt }
  return foundAt(place, {
    code: 'order-not-saved',
    class: 'order',
    severity: 'broken',
    message: `${gone.before.system} showed the order in ${lookInWords(gone.before)} and then knew nothing of it: ${first.step.stage} was never saved${place.handoff === null ? '' : ` (${place.handoff})`}.`,
    owner: ownerOf(course, gone.before.system),
    hint: `look for an order kept in a cache of ${gone.before.system} and never written`,
    detectedAt: latest(gone.first.seenAt, denial.at),
    evidence: [
      ...(accepted === undefined ? [] : [proofOfRequest(accepted)]),
      proofOfLook(gone.before),
      proofOfLook(gone.first),
      denial,
    ],
  })
}

/** The client was told the id of another's order. Whatever is known by that id alone is that order's. */
function judgeForeign(course: Course): Judgement {
  const { view } = course.assembly
  const [stage] = course.stages
  const system = view.contract.flows[view.order.flow]?.bornIn
  if (stage === undefined) return NOTHING
  const accepted = requestsFor(view, stage.step)?.find(({ httpStatus }) => httpStatus !== null && httpStatus < 400)
  const told = looksOf(view).find((each) => each.system === system && each.looks.at(-1)?.foreign === true)
  const foreign = told?.looks.filter((look) => look.foreign) ?? []
  const [first] = foreign
  const last = foreign.at(-1)
  if (accepted === undefined || told === undefined || first === undefined || last === undefined) return NOTHING
  if (told.looks.some(({ status }) => status !== null)) return NOTHING
  const place = atOwner(stage)
  const patienceMs = patienceWith(told.source)
  if (last.at.earliest < plus(first.at.earliest, fromMs(patienceMs)))
    return pendingAt(place, plus(first.at.latest, fromMs(2 * patienceMs)), `another word of the ${tellerOf(first)}`)
  return foundAt(place, {
    code: 'order-not-saved',
    class: 'order',
    severity: 'broken',
    message: `${accepted.system} answered ${accepted.httpStatus} to ${accepted.method} ${accepted.path} at ${clockTime(accepted.at.latest)} with the id of an order that bears another's reference: under ours nothing was saved${place.handoff === null ? '' : ` (${place.handoff})`}.`,
    owner: ownerOf(course, accepted.system),
    hint: `look for a cache or a repeated key by which ${accepted.system} answered with another order's id`,
    detectedAt: latest(accepted.seenAt, last.seenAt),
    evidence: [proofOfRequest(accepted), proofOfLook(first), proofOfLook(last)],
  })
}
