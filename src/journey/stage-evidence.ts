import { MONITOR_CLOCK, type SourceName, type StatusAnswered } from '../evidence/fact.ts'
import { firstText } from '../evidence/message-ids.ts'
import type { Act } from './act.ts'
import type { Point } from './clocks/solve.ts'
import { endOf } from './crossings/crossing.ts'
import type { View } from './view.ts'

/** When a system showed a status, and who says so. */
export interface StageEvidence {
  readonly point: Point
  readonly witnesses: readonly SourceName[]
  /** The span that set it; null when only answers tell. */
  readonly act: Act | null
}

/**
 * The earliest proof that `system` holds the order in `stage`, exactly: a span that set it, or an answer that shows it. That a later status
 * was reached proves nothing here, since a status may have been skipped.
 */
export function findStageEvidence(view: View, system: string, stage: string): StageEvidence | null {
  const answered = statusInterval(view, system, stage)
  const act = standingAct(view, system, stage)
  if (act === null && answered === null) return null
  const witnesses = new Set<SourceName>()
  if (act !== null) witnesses.add(act.fact.source)
  for (const answer of view.answersOf(system)) if (shows(answer, stage)) witnesses.add(answer.source)
  const point = act === null ? answered : settingPoint(view, act)
  return point === null ? null : { point, witnesses: [...witnesses], act }
}

/**
 * Every answer of the system since the act denies it: what the span set was rolled back, or is not yet stored. A system that once knew the order and does so no more
 * denies nothing: finished orders are put away, others deleted. It knew the order if an answer showed it, or if it worked on it later.
 */
function isDenied(view: View, system: string, stage: string, act: Act): boolean {
  const done = view.clocks.moment(endOf(act)).latest
  const all = view.answersOf(system)
  const since = all.filter(({ at }) => at.earliest >= done)
  const names = (view.contract.flows[view.order.flow]?.path ?? []).flatMap((step) =>
    'stage' in step ? [step.stage] : [],
  )
  const isBefore = ({ status }: StatusAnswered): boolean => {
    if (status === null) return all.every((answer) => answer.status === null) && workSince(view, system, act) === null
    const here = names.indexOf(status)
    return here >= 0 && here < names.indexOf(stage)
  }
  return since.length > 0 && since.every(isBefore)
}

/**
 * What the system did of the order's work after the message or request was handled in which it set a status: without its row it would have found nothing to
 * work on. Null at the system the order is born in, whose every request is about an order that may never have been saved.
 */
export function workSince(view: View, system: string, setting: Act): Act | null {
  if (view.contract.flows[view.order.flow]?.bornIn === system) return null
  const { service, instance } = setting.span
  const handling = view.tree
    .lineage(setting)
    .find(({ op, span }) => span.service === service && (op === 'consume' || op === 'serve'))
  const handled = (handling ?? setting).span.end
  const names = Object.values(view.contract.stages).flatMap(({ owner, work = [] }) => (owner === system ? work : []))
  const isWork = ({ op, span, error }: Act): boolean =>
    error === null && (op === 'storage' || names.includes(span.name))
  return (
    view.actsOf(system).find((act) => act.span.instance === instance && act.span.start >= handled && isWork(act)) ??
    null
  )
}

/** The system's first span that set the status and ended well; null where all its answers since deny what the span says, and none ever showed it. */
export function standingAct(view: View, system: string, stage: string): Act | null {
  const act = stageAct(view, system, stage)
  if (act === null || view.answersOf(system).some((answer) => shows(answer, stage))) return act
  return isDenied(view, system, stage, act) ? null : act
}

/** The system's first span that set the status and ended well, whatever became of it. */
export const stageAct = (view: View, system: string, stage: string): Act | null =>
  settingActs(view, system, stage).reduce<Act | null>(
    (first, act) => (first === null || act.span.end < first.span.end ? act : first),
    null,
  )

/** The system's spans that say they set the status and ended well, in order of their start. */
export function settingActs(view: View, system: string, stage: string): readonly Act[] {
  const known = settings.get(view) ?? new Map<string, ReadonlyMap<string, readonly Act[]>>()
  settings.set(view, known)
  const own = known.get(system) ?? settingsByStage(view, system)
  known.set(system, own)
  return own.get(stage) ?? []
}

/** By system and stage, worked out once for each view: every step of the path and most rules ask for them. */
const settings = new WeakMap<View, Map<string, ReadonlyMap<string, readonly Act[]>>>()

function settingsByStage(view: View, system: string): ReadonlyMap<string, readonly Act[]> {
  const { status, reached } = view.contract.recognise.span
  const [names, marks] = [[status], Object.entries(reached ?? {}).map(([name, value]) => ({ names: [name], value }))]
  const stages = new Map<string, Act[]>()
  for (const act of view.actsOf(system)) {
    const { attributes } = act.span
    const stage = act.error === null ? firstText(attributes, names) : null
    if (stage === null || !marks.every((mark) => firstText(attributes, mark.names) === mark.value)) continue
    const setting = stages.get(stage)
    if (setting === undefined) stages.set(stage, [act])
    else setting.push(act)
  }
  return stages
}

/** A span that is known to wrap the setting ends with it; any other only brackets it. */
function settingPoint(view: View, { span, fact }: Act): Point {
  const marked = view.contract.recognise.span.reached !== undefined
  return {
    clock: span.instance,
    earliest: marked ? span.end : span.start,
    latest: span.end,
    seenAt: fact.seenAt,
    span: fact.id,
  }
}

const shows = (answer: StatusAnswered, stage: string): boolean =>
  answer.status === stage || answer.history?.includes(stage) === true

/**
 * Between the asking of the last answer that did not show the status yet and the receipt of the first that did. A source that was behind by then may read a copy: that it
 * does not show a status yet proves nothing.
 */
function statusInterval(view: View, system: string, stage: string): Point | null {
  const answers = view.answersOf(system)
  const index = answers.findIndex((answer) => shows(answer, stage))
  const first = answers[index]
  if (first === undefined) return null
  const behind = behindSince(view, system)
  const before = answers.slice(0, index).findLast(({ source }) => (behind.get(source) ?? index) >= index)
  return { clock: MONITOR_CLOCK, earliest: before?.at.earliest ?? view.order.enteredAt, latest: first.at.latest }
}

/** By system, worked out once for each view. */
const laggards = new WeakMap<View, Map<string, ReadonlyMap<SourceName, number>>>()

/** Of each source that ever was behind what had been shown of the order at the system, the index of the first answer that was. */
function behindSince(view: View, system: string): ReadonlyMap<SourceName, number> {
  const known = laggards.get(view) ?? new Map<string, ReadonlyMap<SourceName, number>>()
  laggards.set(view, known)
  const own = known.get(system) ?? findLaggards(view, view.answersOf(system))
  known.set(system, own)
  return own
}

function findLaggards(view: View, answers: readonly StatusAnswered[]): ReadonlyMap<SourceName, number> {
  const path = view.contract.flows[view.order.flow]?.path ?? []
  const ranks = new Map(path.flatMap((step, index) => ('stage' in step ? [[step.stage, index] as const] : [])))
  const rankOf = ({ status }: StatusAnswered): number => (status === null ? -1 : (ranks.get(status) ?? path.length))
  const received = answers.toSorted((a, b) => (a.at.latest < b.at.latest ? -1 : a.at.latest > b.at.latest ? 1 : 0))
  const behind = new Map<SourceName, number>()
  let shown = -1
  let next = 0
  for (const [index, answer] of answers.entries()) {
    for (
      let last = received[next];
      last !== undefined && last.at.latest <= answer.at.earliest;
      last = received[++next]
    ) {
      const rank = rankOf(last)
      if (rank < path.length) shown = Math.max(shown, rank)
    }
    if (rankOf(answer) < shown && !behind.has(answer.source)) behind.set(answer.source, index)
  }
  return behind
}
