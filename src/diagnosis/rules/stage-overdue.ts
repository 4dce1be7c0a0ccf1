import { vouchForSpans } from '../../journey/vouch.ts'
import type { Course, Gap, MirrorCourse, StageCourse } from '../course.ts'
import { clockTime, nameLink, proofOfAct } from '../describe.ts'
import type { Finding, Proof } from '../finding.ts'
import { type Lacking, lackingAt, lackingInMirror } from '../lacking.ts'
import { isSilentMirror, passedInSilence } from '../mute.ts'
import { isHandoff, type Judgement, join, NOTHING, ownerOf, placed, type Rule, stageBehind } from '../rule.ts'
import { awaitsSender } from './message-not-published.ts'
import { observedLink, requestsBehind } from './placing-requests.ts'

/**
 * A deadline passed and no more precise cause can be proven. Proof: the denial of the system that would show the outcome. Says what was last seen, what is
 * awaited, and whether a machine or a person is.
 */
export const stageOverdue: Rule = {
  code: 'stage-overdue',
  provenBy: [['status-api'], ['postgres'], ['otlp']],
  judge: (course) =>
    join([
      ...course.gaps.map((gap) => atGap(course, gap)),
      ...course.stages.flatMap((stage) => stage.mirrors.map((mirror) => atMirror(course, stage, mirror))),
      { findings: [], unchecked: passedInSilence(course) },
    ]),
}

function atGap(course: Course, gap: Gap): Judgement {
  if (awaitsOurPeople(course, gap)) return NOTHING
  const absence = lackingAt(course, gap)
  if (absence.state === 'awaited' || awaitsSender(course, gap) !== null) return NOTHING
  if (absence.state === 'unknown') return unknown(gap, absence)
  const person = personAwaited(course, gap)
  return placed(gap, {
    ...common(absence),
    handoff: isHandoff(gap.step) ? gap.step.handoff : linkNeverUsed(course, gap),
    stage: stageBehind(gap),
    message: `${lastSeen(course, gap)} ${awaitedNext(gap, person)}; ${denial(absence)}.`,
    owner: ownerOf(course, gap.watched),
    hint: person === null ? `look at ${gap.watched} from ${clockTime(gap.since.best)} on` : `ask the ${person}`,
    evidence: [...lastProof(course, gap), ...absence.proof],
  })
}

/** The link by which the stage is asked for, where the owner's complete spans show that it was never used; without them the stage alone can be named. */
function linkNeverUsed(course: Course, { blocks, index, since, deadline }: Gap): string | null {
  const link = blocks?.askedBy ?? null
  if (link === null || course.assembly.chain.crossed.has(link.id)) return null
  if (course.assembly.path.findIndex(({ step }) => step === link) > index) return null
  return vouchForSpans(course.assembly.view, link.spec.from, since.earliest, deadline).vouched ? link.handoff : null
}

function lastSeen(course: Course, gap: Gap): string {
  const reached = course.stages.findLast(({ index, moment }) => index < gap.index && moment !== null)
  const at = clockTime(gap.since.best)
  if (isHandoff(gap.step) && 'crossing' in gap.found && gap.found.crossing.started !== null)
    return `The order was last seen leaving ${gap.step.spec.from} at ${at}.`
  return reached === undefined
    ? `Nothing has been seen of the order since ${at}.`
    : `The order was last seen at ${at}, in ${reached.step.stage}.`
}

function awaitedNext(gap: Gap, person: string | null): string {
  const by = clockTime(gap.deadline)
  if (!isHandoff(gap.step))
    return `${person === null ? gap.watched : `The ${person}, a person,`} should have brought it to ${gap.news} by ${by}`
  if (person !== null) return `The ${person}, a person, should have acted by ${by}, over ${nameLink(gap.step)}`
  return `${nameLink(gap.step)} should have brought it on by ${by}`
}

const denial = (absence: Extract<Lacking, { state: 'proven' }>): string => absence.proof.at(-1)?.what ?? 'nothing came'

const common = (
  absence: Extract<Lacking, { state: 'proven' }>,
): Pick<Finding, 'code' | 'class' | 'severity' | 'detectedAt' | 'explains'> => ({
  code: 'stage-overdue',
  class: 'order',
  severity: 'broken',
  detectedAt: absence.at,
  explains: [],
})

const unknown = (gap: Gap, absence: Extract<Lacking, { state: 'unknown' }>): Judgement => ({
  findings: [],
  unchecked: [
    {
      code: 'stage-overdue',
      handoff: isHandoff(gap.step) ? gap.step.handoff : null,
      stage: stageBehind(gap),
      why: absence.why,
    },
  ],
})

/** The person whose act would bring the order on; nobody, once the act has been seen. */
function personAwaited(course: Course, { step, blocks }: Gap): string | null {
  if (isHandoff(step)) return step.spec.kind === 'person' ? step.spec.from : null
  if (blocks?.spec.by !== 'person') return null
  const link = blocks.askedBy
  return link !== null && observedLink(course, link) !== null ? null : (link?.spec.from ?? 'customer')
}

/** The people are the probe's: while it plays, and when it broke, their silence is no fault of the order. Played out, it is. */
export function awaitsOurPeople(course: Course, gap: Gap): boolean {
  if (personAwaited(course, gap) === null && !isOurPartners(course, gap)) return false
  if (requestsBehind(course, gap).succeeded !== null) return false
  return !course.assembly.view.evidence.facts.some((fact) => fact.kind === 'probe-ended' && fact.outcome === 'played')
}

/** A customer or partner outside the contract's systems, asking over HTTP. */
function isOurPartners(course: Course, { step, blocks }: Gap): boolean {
  const link = isHandoff(step) && step.spec.kind === 'http' ? step : null
  if (link === null) return blocks?.spec.asked !== undefined && blocks.spec.by === 'person'
  return course.assembly.view.contract.systems[link.spec.from] === undefined
}

function lastProof(course: Course, gap: Gap): readonly Proof[] {
  if (!('crossing' in gap.found) || gap.found.crossing.sender === null) return []
  return [proofOfAct(course.assembly.view, gap.found.crossing.sender)]
}

/** The owner has the status, a mirror should show it by now and denies it. Where the carrying hand-off is itself a gap, the gap speaks. */
function atMirror(course: Course, stage: StageCourse, mirror: MirrorCourse): Judgement {
  if (mirror.evidence !== null || mirror.due === null || stage.moment === null) return NOTHING
  if (isSilentMirror(course, stage, mirror)) return NOTHING
  if (
    course.gaps.some(({ step, branch, index }) => step === mirror.carrier || (!branch && index <= mirror.carrierIndex))
  )
    return NOTHING
  const absence = lackingInMirror(course, stage, mirror)
  if (absence === null) return NOTHING
  if (absence.state === 'awaited') return NOTHING
  const place = { handoff: mirror.carrier?.handoff ?? null, stage: stage.step.stage }
  if (absence.state === 'unknown')
    return { findings: [], unchecked: [{ code: 'stage-overdue', ...place, why: absence.why }] }
  const consume = mirror.carrier === null ? null : observedLink(course, mirror.carrier)
  const taken = consume === null || consume.op !== 'consume' ? null : proofOfAct(course.assembly.view, consume)
  const finding: Finding = {
    ...common(absence),
    ...place,
    message: `${stage.step.stage} was reached at ${stage.step.spec.owner} at ${clockTime(stage.moment.best)} and should have shown in ${mirror.system} by ${clockTime(mirror.due)}${mirror.carrier === null ? '' : `, by ${nameLink(mirror.carrier)}`}; ${taken === null ? '' : `${mirror.system} took the message at ${clockTime(taken.at)} and nothing came of it; `}${denial(absence)}.`,
    owner: ownerOf(course, mirror.system),
    hint: `look at ${mirror.system} from ${clockTime(stage.moment.best)} on`,
    evidence: [...(taken === null ? [] : [taken]), ...absence.proof],
  }
  // The order itself went on over the link, so that what breaks later on its own path has another cause.
  return { findings: [{ finding, index: mirror.carrierIndex, branch: true, watched: mirror.system }], unchecked: [] }
}
