import type { StatusAnswered } from '../../evidence/fact.ts'
import { vouchForSpans } from '../../journey/vouch.ts'
import { fromMs, plus } from '../../shared/units.ts'
import type { Course, MirrorCourse, StageCourse } from '../course.ts'
import { clockTime, nameLink } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { settleMs } from '../lacking.ts'
import { looksOf, proofOfLook } from '../looks.ts'
import { isSilentStage } from '../mute.ts'
import { atMirror, atOwner, foundAt, pendingAt, uncheckedAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { leavesOut, sequenceOf } from '../sequence.ts'
import { newsIsLacking } from './news-lacking.ts'
import { outOfTurn } from './out-of-turn.ts'
import { requestsFor } from './placing-requests.ts'

/**
 * The order is behind a stage it never had. Proof: a history of the owner's that goes from a status before it to one after it without it; or two
 * witnesses, the people who never asked for it and the owner's complete spans, none of which sets it. At a mirror: its history leaves out what the owner
 * had, and no news of it came. A stage its owner set before others had done theirs was set out of its turn. A status nobody happened to see is not skipped.
 */
export const statusSkipped: Rule = {
  code: 'status-skipped',
  provenBy: [['status-api'], ['postgres']],
  judge: (course) =>
    join(
      course.stages.flatMap((stage) => [
        ofOwner(course, stage),
        outOfTurn(course, stage),
        ...stage.mirrors.map((mirror) => ofMirror(course, stage, mirror)),
      ]),
    ),
}

function ofOwner(course: Course, stage: StageCourse): Judgement {
  const { evidence, moment, step } = stage
  if (evidence !== null || moment === null || isSilentStage(course, stage)) return NOTHING
  const { owner } = step.spec
  const look = historyWithout(course, owner, step.stage)
  const proof = look === undefined ? neverAsked(course, stage) : [proofOfHistory(look)]
  if (proof === null) return uncheckedAt(atOwner(stage), 'status-skipped', `no history of ${owner} tells of it`)
  const place = atOwner(stage)
  return foundAt(place, {
    code: 'status-skipped',
    class: 'order',
    severity: 'broken',
    message: `The order went past ${step.stage} at ${owner} without ever having it, at the latest at ${clockTime(moment.latest)}${place.handoff === null ? '' : ` (${place.handoff})`}.`,
    owner: ownerOf(course, owner),
    hint:
      place.handoff === null
        ? `see how ${owner} set the status after it`
        : `ask the ${step.askedBy?.spec.from}, and see why ${owner} let the next step pass`,
    detectedAt: look?.seenAt ?? course.now,
    evidence: proof,
  })
}

/** The latest history of the system that leaves the stage out. */
const historyWithout = (course: Course, system: string, stage: string): StatusAnswered | undefined => {
  const sequence = sequenceOf(course.assembly.view)
  return looksOf(course.assembly.view)
    .filter((each) => each.system === system)
    .flatMap(({ looks }) => looks.findLast((look) => leavesOut(sequence, look, stage)) ?? [])
    .reduce<StatusAnswered | undefined>(
      (last, look) => (last === undefined || look.at.earliest >= last.at.earliest ? look : last),
      undefined,
    )
}

const proofOfHistory = (look: StatusAnswered): Proof => proofOfLook(look, `history ${look.history?.join(', ')}`)

/** Our people, who asked for what came before and after, never asked for it, and the owner set it nowhere. */
function neverAsked(course: Course, stage: StageCourse): readonly Proof[] | null {
  const { view } = course.assembly
  const { spec } = stage.step
  const requests = requestsFor(view, stage.step)
  const before = course.stages.findLast(({ index }) => index < stage.index)
  const after = course.stages.find(
    ({ index, evidence }) => index > stage.index && evidence?.act !== undefined && evidence.act !== null,
  )
  if (spec.by !== 'person' || requests === null || requests.length > 0) return null
  if (view.contract.recognise.span.reached === undefined || before?.moment == null || after?.moment == null) return null
  const next = requestsFor(view, after.step)?.find(({ httpStatus }) => httpStatus !== null && httpStatus < 400)
  if (next === undefined || after.step.spec.owner !== spec.owner) return null
  if (!vouchForSpans(view, spec.owner, before.moment.earliest, after.moment.latest).vouched) return null
  return [
    {
      source: next.source,
      at: next.at.latest,
      what: `${next.by} asked for ${after.step.stage}, nobody for ${stage.step.stage}`,
      ref: next.id,
    },
    {
      source: 'otlp',
      at: after.moment.latest,
      what: `${spec.owner} told all its spans until ${clockTime(after.moment.latest)}, none sets ${stage.step.stage}`,
      ref: `coverage:${spec.owner}`,
    },
  ]
}

function ofMirror(course: Course, stage: StageCourse, mirror: MirrorCourse): Judgement {
  const { system, due, carrier } = mirror
  const place = atMirror(stage, system)
  if (mirror.evidence !== null || stage.evidence === null || stage.moment === null || place === null) return NOTHING
  if (due === null || carrier === null || !newsIsLacking(course, mirror) || newsWasSent(course, mirror)) return NOTHING
  const look = historyWithout(course, system, stage.step.stage)
  if (look === undefined) return NOTHING
  if (look.at.earliest < due) {
    // The order went past the stage there; the news may still be on its way, until a look after its time says otherwise.
    const until = plus(due, fromMs(settleMs(course)))
    return course.now < until
      ? pendingAt(place, until, `a later history of ${system}`)
      : uncheckedAt(place, 'status-skipped', `${system} told no history since`)
  }
  return foundAt(place, {
    code: 'status-skipped',
    class: 'order',
    severity: 'broken',
    message: `${system} went on to ${look.status} without ever having ${stage.step.stage}, which ${stage.step.spec.owner} reached at ${clockTime(stage.moment.best)}: its news never came over ${nameLink(carrier)}, later news did.`,
    owner: ownerOf(course, carrier.spec.from),
    hint: `see whether ${carrier.spec.from} told ${stage.step.stage} at all`,
    detectedAt: look.seenAt,
    evidence: [proofOfHistory(look)],
  })
}

/** News that was sent was not left out by its sender, whatever became of it. */
function newsWasSent(course: Course, { carrierIndex }: MirrorCourse): boolean {
  const found = course.assembly.path[carrierIndex]
  return found !== undefined && 'crossing' in found && (found.crossing.started ?? found.crossing.ended) !== null
}
