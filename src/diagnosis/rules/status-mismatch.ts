import type { StatusAnswered } from '../../evidence/fact.ts'
import type { Act } from '../../journey/act.ts'
import { durationMs } from '../../journey/path.ts'
import { fromMs, latest, plus, type UnixNanos } from '../../shared/units.ts'
import type { Course, MirrorCourse, StageCourse } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import { settleMs } from '../lacking.ts'
import { looksOf, proofOfLook } from '../looks.ts'
import { atMirror, foundAt, type Place, pendingAt } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'
import { isAtOrPast, type Sequence, sequenceOf } from '../sequence.ts'
import { wroteAnother } from '../wrote-another.ts'
import { newsIsLacking } from './news-lacking.ts'

/**
 * Owner and mirror, both asked after the news was due, disagree. Proof: both their answers. The mirror may be behind, with news that nobody saw arrive;
 * it may have written another status when the news came; or it may show what the owner never came to. News that arrived and was dropped is
 * `message-swallowed`; an order that waits on its own path for the news is no disagreement yet, but a stage that is overdue.
 */
export const statusMismatch: Rule = {
  code: 'status-mismatch',
  provenBy: [
    ['otlp', 'status-api'],
    ['otlp', 'postgres'],
  ],
  judge: (course) =>
    join(course.stages.flatMap((stage) => stage.mirrors.map((mirror) => judge(course, stage, mirror)))),
}

/** What each of the two says, and the receiver's own span that wrote something else. */
interface Disagreement {
  readonly owner: StatusAnswered
  readonly mirror: StatusAnswered
  readonly wrote: Act | null
}

function judge(course: Course, stage: StageCourse, mirror: MirrorCourse): Judgement {
  const found = stage.evidence === null ? isAhead(course, stage, mirror) : isElsewhere(course, stage, mirror)
  const place = atMirror(stage, mirror.system)
  if (place === null) return NOTHING
  if (found === null) return untilBothAreAsked(course, stage, mirror, place)
  const { view } = course.assembly
  const { owner } = stage.step.spec
  const link = mirror.carrier === null ? '' : `, over ${nameLink(mirror.carrier)}`
  const wrote = found.wrote === null ? null : proofOfAct(view, found.wrote)
  return foundAt(place, {
    code: 'status-mismatch',
    class: 'order',
    severity: 'broken',
    message: `${owner} shows ${found.owner.status} and ${mirror.system} ${found.mirror.status}, at ${clockTime(found.mirror.at.latest)}${mirror.due === null ? '' : `; the news was due by ${clockTime(mirror.due)}`}${link}${wrote === null ? '' : `; ${mirror.system} took it and wrote another status`}.`,
    owner: ownerOf(course, mirror.system),
    hint: `compare what ${owner} told with what ${mirror.system} made of it`,
    detectedAt: latest(found.owner.seenAt, found.mirror.seenAt),
    evidence: [...(wrote === null ? [] : [wrote]), proofOfLook(found.owner), proofOfLook(found.mirror)],
  })
}

/** The owner has the stage, the mirror has been told or should have been, and shows another status. */
function isElsewhere(course: Course, stage: StageCourse, mirror: MirrorCourse): Disagreement | null {
  if (mirror.evidence !== null || mirror.due === null || !newsIsLacking(course, mirror)) return null
  if (course.gaps.some(({ branch, index }) => !branch && index <= mirror.carrierIndex)) return null
  const sequence = sequenceOf(course.assembly.view)
  const { stage: name, spec } = stage.step
  const owner = lastLook(course, spec.owner, mirror.due)
  const shown = lastLook(course, mirror.system, mirror.due)
  if (owner === null || shown === null || shown.status === null) return null
  if (!isAtOrPast(sequence, owner, name) || isAtOrPast(sequence, shown, name)) return null
  const taken = crossingOf(course, mirror)
  if (taken === null || taken.ended === null) return { owner, mirror: shown, wrote: null }
  const wrote = taken.receiver === null ? null : wroteAnother(course.assembly.view, taken.receiver, name)
  return wrote === null && sequence.rank(shown.status) >= 0 ? null : { owner, mirror: shown, wrote }
}

/** The receiver is known to have made something else of the news; that both show it after the news was due may take one more question. */
function untilBothAreAsked(
  course: Course,
  stage: StageCourse,
  { due, evidence, ...mirror }: MirrorCourse,
  place: Place,
) {
  const { owner } = stage.step.spec
  if (evidence !== null || due === null || looksAt(course, owner).length === 0) return NOTHING
  const taken = crossingOf(course, mirror)?.receiver ?? null
  const until = plus(due, fromMs(settleMs(course)))
  if (taken === null || course.now >= until) return NOTHING
  if (wroteAnother(course.assembly.view, taken, stage.step.stage) === null) return NOTHING
  return pendingAt(place, until, `what ${owner} and ${mirror.system} show after ${clockTime(due)}`)
}

/** For a mirror that no hand-off of the path leads to. */
const PATIENCE_MS = 10_000

/** The mirror shows the stage; the owner, asked well after that, is still before it and never had it. */
function isAhead(course: Course, stage: StageCourse, mirror: MirrorCourse): Disagreement | null {
  const sequence = sequenceOf(course.assembly.view)
  const { stage: name, spec } = stage.step
  const shown = lastLook(course, mirror.system)
  if (shown === null || shown.status !== name) return null
  const patience = fromMs(durationMs(mirror.carrier?.spec.within, PATIENCE_MS))
  const owner = lastLook(course, spec.owner, plus(firstShown(course, shown), patience))
  return owner === null || owner.status === null || !isBefore(sequence, owner, name)
    ? null
    : { owner, mirror: shown, wrote: null }
}

const isBefore = (sequence: Sequence, look: StatusAnswered, stage: string): boolean =>
  sequence.rank(look.status) >= 0 && !isAtOrPast(sequence, look, stage)

const looksAt = (course: Course, system: string): readonly StatusAnswered[] =>
  looksOf(course.assembly.view).flatMap((each) => (each.system === system ? each.looks : []))

/** The latest look that was begun after a moment. */
function lastLook(course: Course, system: string, after?: UnixNanos): StatusAnswered | null {
  const looks = looksAt(course, system).filter(({ at }) => after === undefined || at.earliest >= after)
  return looks.reduce<StatusAnswered | null>(
    (last, look) => (last === null || look.at.earliest >= last.at.earliest ? look : last),
    null,
  )
}

/** When the system first showed what it shows now. */
const firstShown = (course: Course, { system, status, at }: StatusAnswered): UnixNanos =>
  looksAt(course, system).find((look) => look.status === status)?.at.latest ?? at.latest

const crossingOf = (course: Course, { carrierIndex }: Pick<MirrorCourse, 'carrierIndex'>) => {
  const found = course.assembly.path[carrierIndex]
  return found !== undefined && 'crossing' in found ? found.crossing : null
}
