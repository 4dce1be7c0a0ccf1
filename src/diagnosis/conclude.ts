import type { ProbeEnded } from '../evidence/fact.ts'
import { isInstrumented } from '../journey/vouch.ts'
import { fromMs, latest, plus, type UnixNanos } from '../shared/units.ts'
import type { Course, Gap } from './course.ts'
import { nameStep } from './describe.ts'
import type { Finding, Unchecked } from './finding.ts'
import { lackingAt, lackingInMirror, settleMs } from './lacking.ts'
import { isMute, isSilentMirror, isSilentStage, passedInSilence } from './mute.ts'
import { atOwner, type Place } from './place.ts'
import { isHandoff, type Judgement, type Pending, stageBehind } from './rule.ts'
import { promiseOf } from './rules/context-lost.ts'
import { awaitsSender } from './rules/message-not-published.ts'
import { awaitsOurPeople } from './rules/stage-overdue.ts'
import type { Evaluation } from './verdict.ts'
import { type Unproven, whyUnproven } from './why-unproven.ts'

type Conclusion = Pick<Evaluation, 'verdict' | 'state' | 'reason' | 'wakeAt' | 'awaiting'>

interface Awaited {
  readonly what: string
  /** Until when it may still come; null when nothing is to be waited for. */
  readonly until: UnixNanos | null
}

/** Something without which the order is not proven to have gone its whole way. */
interface Owed extends Awaited {
  readonly where: Unproven
}

/** From what is wrong and what is still owed to one word, whether it is the last, and when to look again. */
export function conclude(
  course: Course,
  findings: readonly Finding[],
  { unchecked, pending }: Required<Pick<Judgement, 'unchecked' | 'pending'>>,
): Conclusion {
  const broken = findings.find(({ severity }) => severity === 'broken')
  if (broken !== undefined) return final('broken', broken.message)
  const monitor = findings.find(({ severity }) => severity === 'inconclusive')
  const probeIsGone = findings.some(({ code }) => code === 'probe-failed')
  const owed: readonly Owed[] = [
    ...owedByPath(course, probeIsGone),
    ...owedByMirrors(course),
    ...owedByRules(course, pending),
  ]
  const waiting = owed.filter(({ until }) => until !== null && until > course.now)
  if (owed.length > 0) {
    if (waiting.length > 0) return open(waiting, `Waiting for ${waiting[0]?.what ?? 'evidence'}.`)
    return final('inconclusive', monitor?.message ?? inconclusiveReason(owed, unchecked))
  }
  const telemetry = owedByTelemetry(course).filter(({ until }) => until !== null && until > course.now)
  if (telemetry.length > 0) return open(telemetry, 'The order went its whole way; its last spans are awaited.')
  const degraded = findings.find(({ severity }) => severity === 'degraded')
  if (degraded !== undefined) return final('degraded', degraded.message)
  return final('passed', passedReason(course))
}

const final = (verdict: Evaluation['verdict'], reason: string): Conclusion => ({
  verdict,
  state: 'final',
  reason,
  wakeAt: null,
  awaiting: [],
})

function open(waiting: readonly Awaited[], reason: string): Conclusion {
  const times = waiting.flatMap(({ until }) => until ?? [])
  return {
    verdict: 'inconclusive',
    state: 'open',
    reason,
    wakeAt: times.reduce<UnixNanos | null>((first, at) => (first === null || at < first ? at : first), null),
    awaiting: [...new Set(waiting.map(({ what }) => what))],
  }
}

function inconclusiveReason([first]: readonly Owed[], unchecked: readonly Unchecked[]): string {
  const why = first === undefined ? null : whyUnproven(first.where, unchecked)
  return `It is not known whether the order came through: ${first?.what ?? 'evidence'} is not proven${why === null ? '' : ` (${why})`}.`
}

function passedReason(course: Course): string {
  const {
    stages,
    assembly: { view },
  } = course
  const last = stages.at(-1)?.step.stage ?? 'the end'
  const silent = [...new Set(passedInSilence(course).flatMap(({ stage }) => stage ?? []))]
  const seen =
    silent.length === 0
      ? 'every status seen at its owner and its mirrors'
      : `every status seen wherever anybody can tell; nobody tells of ${silent.join(', ')}`
  return `The order reached ${last}${view.order.until === null ? '' : ', as far as was asked for'}, ${seen}.`
}

/** Gaps on the path, and stages the order passed without proof. */
function owedByPath(course: Course, probeIsGone: boolean): readonly Owed[] {
  const gaps = course.gaps
    .filter((gap) => !isUntold(course, gap))
    .map((gap) => ({
      what: nameStep(gap.step),
      until: gapUntil(course, gap, probeIsGone),
      where: {
        code: 'stage-overdue' as const,
        handoff: isHandoff(gap.step) ? gap.step.handoff : null,
        stage: stageBehind(gap),
      },
    }))
  const unproven = course.stages
    .filter((stage) => stage.evidence === null && stage.moment !== null && !isSilentStage(course, stage))
    .map((stage) => ({
      what: `${stage.step.stage} at ${stage.step.spec.owner}`,
      until:
        stage.moment === null
          ? null
          : plus(latest(stage.moment.latest, course.assembly.view.order.enteredAt), fromMs(settleMs(course))),
      where: { code: 'status-skipped' as const, ...atOwner(stage) },
    }))
  return [...gaps, ...unproven]
}

/** News sent off to a receiver that shows it nowhere. */
function isUntold(course: Course, { branch, news, step, found }: Gap): boolean {
  if (!branch || news !== null || step.kind !== 'handoff' || !('crossing' in found)) return false
  return found.crossing.started !== null && isMute(course, step.spec.to)
}

function gapUntil(course: Course, gap: Gap, probeIsGone: boolean): UnixNanos | null {
  if (awaitsOurPeople(course, gap)) return probeIsGone ? null : giveUpOnProbe(course, gap)
  const absence = lackingAt(course, gap)
  if (absence.state === 'awaited') return absence.until
  return awaitsSender(course, gap) ?? (absence.state === 'unknown' ? stageUntil(course, gap) : null)
}

/** Where nobody tells of a link, the stage behind it may still come within its own time. */
function stageUntil(course: Course, { blocks }: Gap): UnixNanos | null {
  const stage = course.stages.find(({ step }) => step === blocks)
  return stage === undefined || stage.deadline === null ? null : plus(stage.deadline, fromMs(settleMs(course)))
}

/** The probe has its own time limit and always tells its end; past this it is not going to. */
const PROBE_SILENCE_MS = 60_000

function giveUpOnProbe(course: Course, gap: Gap): UnixNanos {
  const ended = course.assembly.view.evidence.facts.find((fact): fact is ProbeEnded => fact.kind === 'probe-ended')
  return ended === undefined
    ? plus(gap.deadline, fromMs(PROBE_SILENCE_MS))
    : plus(ended.seenAt, fromMs(settleMs(course)))
}

function owedByMirrors(course: Course): readonly Owed[] {
  return course.stages.flatMap((stage) =>
    stage.mirrors.flatMap((mirror) => {
      if (mirror.evidence !== null || stage.moment === null || isSilentMirror(course, stage, mirror)) return []
      const absence = lackingInMirror(course, stage, mirror)
      return [
        {
          what: `${stage.step.stage} in ${mirror.system}`,
          until: absence?.state === 'awaited' ? absence.until : null,
          where: { code: 'stage-overdue' as const, handoff: mirror.carrier?.handoff ?? null, stage: stage.step.stage },
        },
      ]
    }),
  )
}

const owedByRules = (course: Course, pending: readonly Pending[]): readonly Owed[] =>
  pending.map(({ what, until, index }) => ({ what, until, where: { code: null, ...nameOf(course, index) } }))

/** What a finding at a step of the path names. */
function nameOf(course: Course, index: number): Pick<Place, 'handoff' | 'stage'> {
  const stage = course.stages.find((each) => each.index === index)
  if (stage !== undefined) return atOwner(stage)
  const step = course.assembly.path[index]?.step
  if (step === undefined || !isHandoff(step)) return { handoff: null, stage: null }
  return { handoff: step.handoff, stage: step.branch ? (step.status ?? step.after) : step.before }
}

/** Spans that would decide the rules about telemetry: awaited for a while after everything else is proven, never longer. */
function owedByTelemetry(course: Course): readonly Awaited[] {
  const { view, path } = course.assembly
  const settle = fromMs(settleMs(course))
  const last = course.stages.at(-1)?.moment?.latest ?? course.now
  const stages = course.stages
    .filter(
      ({ step, evidence }) =>
        evidence !== null && evidence.act === null && isInstrumented(course.assembly.view.contract, step.spec.owner),
    )
    .map(({ step }) => ({ what: `the span of ${step.stage} at ${step.spec.owner}`, until: plus(last, settle) }))
  const links = path.flatMap((found) => {
    if (!('crossing' in found) || promiseOf(found.step.spec) === 'none' || found.crossing.context !== 'unknown')
      return []
    const { spec } = found.step
    const senderTells =
      view.contract.systems[spec.from] === undefined ||
      isInstrumented(course.assembly.view.contract, spec.from) ||
      spec.kind === 'shared-database'
    return senderTells && isInstrumented(course.assembly.view.contract, spec.to)
      ? [{ what: `spans on both sides of ${found.step.id}`, until: plus(last, settle) }]
      : []
  })
  return [...stages, ...links]
}
