import type { Assembly } from '../journey/assemble.ts'
import type { FoundStep } from '../journey/hops.ts'
import type { Moment } from '../journey/journey.ts'
import { bringsNews, durationMs, type HandoffStep, type StageStep } from '../journey/path.ts'
import { findStageEvidence, type StageEvidence } from '../journey/stage-evidence.ts'
import { fromMs, latest, plus, type UnixNanos } from '../shared/units.ts'

/** A stage with its proof, its mirrors and its deadline. */
export interface StageCourse {
  readonly step: StageStep
  readonly index: number
  /** Exact proof by the owner; null where there is none, even if a later stage was reached. */
  readonly evidence: StageEvidence | null
  /** Its place on the chain, proven or bounded by what lies around it. */
  readonly moment: Moment | null
  readonly deadline: UnixNanos | null
  readonly mirrors: readonly MirrorCourse[]
}

export interface MirrorCourse {
  readonly system: string
  readonly evidence: StageEvidence | null
  readonly moment: Moment | null
  readonly due: UnixNanos | null
  /** The hand-off by which the news comes to the mirror, and its index on the path. */
  readonly carrier: HandoffStep | null
  readonly carrierIndex: number
}

/** A place where the order has not been seen to pass, and by when it should have. */
export interface Gap {
  readonly index: number
  readonly step: HandoffStep | StageStep
  readonly found: FoundStep
  /** The last moment before it that is known. */
  readonly since: Moment
  readonly deadline: UnixNanos
  /** The system that would show the outcome, and the status it would show. */
  readonly watched: string
  readonly news: string | null
  /** A gap off the order's own path: news to a mirror. */
  readonly branch: boolean
  /** The next stage that cannot come while this gap is open; news on a branch keeps none from coming. */
  readonly blocks: StageStep | null
}

/** How far an order has come and where it may have stopped. */
export interface Course {
  readonly assembly: Assembly
  readonly now: UnixNanos
  readonly stages: readonly StageCourse[]
  /** In order of the path; the first that lies on the main path is where the order is. */
  readonly gaps: readonly Gap[]
  /** Stages at the head of the path by which an order comes into being at the system it is born in. */
  readonly placing: ReadonlySet<string>
}

/** Reads the assembled path for what was reached, what was not, and by when it should have been. */
export function chartCourse(assembly: Assembly, now: UnixNanos): Course {
  const stages = chartStages(assembly)
  return { assembly, now, stages, gaps: findGaps(assembly, stages), placing: placingStages(assembly) }
}

function chartStages(assembly: Assembly): readonly StageCourse[] {
  const { path, chain } = assembly
  const stages: StageCourse[] = []
  let previous: Moment | null = entered(assembly)
  for (const [index, found] of path.entries()) {
    if ('crossing' in found) continue
    const { step } = found
    const mark = chain.stageMarks.get(step.stage)
    const moment = mark?.moment ?? null
    const start: UnixNanos | null = previous?.latest ?? null
    stages.push({
      step,
      index,
      evidence: found.evidence,
      moment,
      deadline: start === null ? null : plus(start, fromMs(durationMs(step.spec.within))),
      mirrors: (step.spec.mirrors ?? []).map((system) => chartMirror(assembly, index, step, system, moment)),
    })
    previous = moment
  }
  return stages
}

function chartMirror(
  assembly: Assembly,
  index: number,
  step: StageStep,
  system: string,
  reached: Moment | null,
): MirrorCourse {
  const { view } = assembly
  const evidence = findStageEvidence(view, system, step.stage)
  const { carrier, carrierIndex, withinMs } = wayToMirror(assembly, index, step.stage, system)
  return {
    system,
    evidence,
    moment: evidence === null ? null : view.clocks.moment(evidence.point),
    due: reached === null ? null : plus(reached.latest, fromMs(withinMs)),
    carrier,
    carrierIndex,
  }
}

const entered = ({ view: { order } }: Assembly): Moment => {
  const at = plus(order.enteredAt, fromMs(order.placeWithinMs))
  return { best: order.enteredAt, earliest: order.enteredAt, latest: at }
}

/** The hand-offs from a stage to a mirror lie right behind it on the path; a mirror none of them names shows what the last of them wrote. */
function wayToMirror({ path }: Assembly, index: number, stage: string, system: string) {
  let withinMs = 0
  let last: HandoffStep | null = null
  let carrierIndex = index
  for (const [i, found] of path.entries()) {
    if (i <= index) continue
    if (!('crossing' in found)) break
    const { step } = found
    if (step.spec.kind === 'person' || (step.spec.kind === 'http' && !step.branch)) break
    if (step.spec.kind === 'storage' || (step.status ?? stage) !== stage) continue
    withinMs += durationMs(step.spec.within)
    last = step
    carrierIndex = i
    if (step.spec.to === system) break
  }
  return { carrier: last, carrierIndex, withinMs: last === null ? MIRROR_WITHIN_MS : withinMs }
}

/** For a mirror that reads the owner's own table. */
const MIRROR_WITHIN_MS = 10_000

function findGaps(assembly: Assembly, stages: readonly StageCourse[]): readonly Gap[] {
  const { path, chain } = assembly
  const gaps: Gap[] = []
  let since: Moment = {
    best: assembly.view.order.enteredAt,
    earliest: assembly.view.order.enteredAt,
    latest: assembly.view.order.enteredAt,
  }
  let stopped = false
  for (const [index, found] of path.entries()) {
    if (!('crossing' in found)) {
      const course = stages.find((stage) => stage.index === index)
      const moment = course?.moment ?? null
      if (course !== undefined && moment !== null) {
        since = moment
        continue
      }
      if (!stopped && course !== undefined) gaps.push(stageGap(course, found, since))
      stopped = true
      continue
    }
    const { step, crossing } = found
    if (chain.crossed.has(step.id)) {
      const end = crossing.ended === null ? null : assembly.view.clocks.moment(crossing.ended)
      if (end !== null && !step.branch) since = end
      continue
    }
    if (stopped) continue
    const setting = step.branch ? undefined : stageSetBy(stages, path, index)
    if (setting !== undefined) {
      gaps.push(stageGap(setting, { step: setting.step, evidence: null }, since))
      stopped = true
      continue
    }
    gaps.push(handoffGap(assembly, stages, index, found, since))
    if (!step.branch) stopped = true
  }
  return gaps
}

/**
 * A file moved or a row written is part of the owner's work for the stage that follows at once: nothing but the owner's spans tells of it, so it has no
 * deadline of its own and the stage is the gap.
 */
function stageSetBy(
  stages: readonly StageCourse[],
  path: readonly FoundStep[],
  index: number,
): StageCourse | undefined {
  const found = path[index]
  if (found === undefined || !('crossing' in found)) return undefined
  const { spec } = found.step
  const ownWork = spec.kind === 'storage' || (spec.kind === 'shared-database' && spec.operation === 'write')
  return ownWork ? stages.find((stage) => stage.index === index + 1) : undefined
}

export function stageGap(course: StageCourse, found: FoundStep, since: Moment): Gap {
  const { step, index } = course
  return {
    index,
    step,
    found,
    since,
    deadline: course.deadline ?? plus(since.latest, fromMs(durationMs(step.spec.within))),
    watched: step.spec.owner,
    news: step.stage,
    branch: false,
    blocks: step,
  }
}

/** A hand-off as a place where the order may have stopped. `since`: the last moment known before it. */
export function handoffGap(
  { view }: Assembly,
  stages: readonly StageCourse[],
  index: number,
  found: Extract<FoundStep, { step: HandoffStep }>,
  since: Moment,
): Gap {
  const { step, crossing } = found
  const start = crossing.started === null ? since : view.clocks.moment(crossing.started)
  const own = plus(latest(start.latest, since.latest), fromMs(durationMs(step.spec.within)))
  const next = stages.find((stage) => stage.index > index)
  const blocked = step.branch ? undefined : next
  const tellsInTime = view.contract.recognise.span.reached !== undefined || view.answersOf(step.spec.to).length > 0
  const shown = step.branch || tellsInTime ? newsShownBy(step, stages) : null
  const deadline =
    shown === null && blocked?.deadline ? blocked.deadline : linkDeadline(step, own, blocked?.deadline ?? null)
  const outcome = shown !== null ? { watched: step.spec.to, news: shown } : outcomeOf(step, blocked?.step ?? null)
  return {
    index,
    step,
    found,
    since: start,
    deadline,
    ...outcome,
    branch: step.branch,
    blocks: blocked?.step ?? null,
  }
}

const isStage = (found: FoundStep): found is Extract<FoundStep, { step: StageStep }> => !('crossing' in found)

/** A person's time is the stage's; a link's own limit ends before the stage's. */
function linkDeadline(step: HandoffStep, own: UnixNanos, stage: UnixNanos | null): UnixNanos {
  if (stage === null) return own
  if (step.spec.kind === 'person' || step.spec.kind === 'http') return stage
  return own < stage ? own : stage
}

/**
 * The status the receiver shows as soon as the news has come: one the contract makes it a mirror of. Any other receiver may rightly show nothing until its own work
 * is done, which has the next stage's time; and a handler that is still at it has left no span yet.
 */
export function newsShownBy(step: HandoffStep, stages: readonly StageCourse[]): string | null {
  const news = step.status ?? step.after
  const { to } = step.spec
  const shows = stages.some(
    (stage) =>
      stage.step.stage === news && (stage.step.spec.owner === to || stage.step.spec.mirrors?.includes(to) === true),
  )
  return bringsNews(step) && shows ? news : null
}

/** Where else it would show that the link was crossed: at the owner of the next stage. */
const outcomeOf = (step: HandoffStep, next: StageStep | null): { watched: string; news: string | null } =>
  next === null ? { watched: step.spec.to, news: null } : { watched: next.spec.owner, news: next.stage }

/** From the head of the path, the stages a person asks for at the system the order is born in. */
function placingStages({ view, path }: Assembly): ReadonlySet<string> {
  const bornIn = view.contract.flows[view.order.flow]?.bornIn
  const placing = new Set<string>()
  for (const found of path) {
    if (!isStage(found)) continue
    if (found.step.spec.owner !== bornIn || found.step.spec.by !== 'person') break
    placing.add(found.step.stage)
  }
  return placing
}
