import type { RequestMade, SourceName } from '../evidence/fact.ts'
import { between, type Nanos, nanos, type UnixNanos } from '../shared/units.ts'
import { layOut, type Mark, type PlacedMark } from './chain.ts'
import type { Crossing } from './crossings/crossing.ts'
import type { Hop, Segment } from './journey.ts'
import type { HandoffStep, Step } from './path.ts'
import { splitQueueTime } from './queue-segments.ts'
import { createRouteMatcher } from './route.ts'
import { splitOwnTime } from './segments.ts'
import type { StageEvidence } from './stage-evidence.ts'
import type { View } from './view.ts'

/** A step of the path with what was found of it. */
export type FoundStep =
  | { readonly step: HandoffStep; readonly crossing: Crossing }
  | { readonly step: Exclude<Step, HandoffStep>; readonly evidence: StageEvidence | null }

const isHandoff = (found: FoundStep): found is Extract<FoundStep, { crossing: Crossing }> => 'crossing' in found

/** The order's path with its times: hops end to end, and for each stage the place it took on the chain. */
export interface Chain {
  readonly hops: readonly Hop[]
  readonly stageMarks: ReadonlyMap<string, PlacedMark>
  /** Hand-off steps that were crossed, by id. */
  readonly crossed: ReadonlySet<string>
}

interface Laid {
  readonly found: FoundStep
  readonly start: PlacedMark | null
  readonly end: PlacedMark | null
}

/**
 * Lays crossings, own work and stages end to end; branches lie beside the chain. Times between two stages are the sums of the hops between
 * them, because every hop is the difference of two neighbouring marks.
 */
export function buildChain(view: View, path: readonly FoundStep[]): Chain {
  const main = path.filter((found) => !(isHandoff(found) && found.step.branch))
  const laid = layMain(view, main)
  const hops: Hop[] = []
  const stageMarks = new Map<string, PlacedMark>()
  const crossed = new Set<string>()
  let previous: Laid | null = null
  for (const [i, here] of laid.entries()) {
    if (previous !== null) hops.push(...ownWork(view, laid, i, previous))
    if (isHandoff(here.found)) {
      if (here.end !== null) crossed.add(here.found.step.id)
      hops.push(crossingHop(view, here.found.step, here.found.crossing, here.start, here.end))
    } else if (here.end !== null) stageMarks.set(here.found.step.stage, here.end)
    hops.push(...branchHops(view, path, here.found, crossed))
    previous = here
  }
  return { hops, stageMarks, crossed }
}

function layMain(view: View, main: readonly FoundStep[]): readonly Laid[] {
  const marks: Mark[] = main.flatMap((found) =>
    isHandoff(found)
      ? [{ point: found.crossing.started }, { point: found.crossing.ended }]
      : [{ point: found.evidence?.point ?? null }],
  )
  const placed = layOut(marks, view.clocks)
  let i = 0
  return main.map((found) => {
    const start = placed[i] ?? null
    const end = isHandoff(found) ? (placed[i + 1] ?? null) : start
    i += isHandoff(found) ? 2 : 1
    return { found, start, end }
  })
}

/** Branches stand in the list right after the step they follow on the path. */
function branchHops(view: View, path: readonly FoundStep[], after: FoundStep, crossed: Set<string>): readonly Hop[] {
  const hops: Hop[] = []
  for (let i = path.indexOf(after) + 1; i < path.length; i++) {
    const found = path[i]
    if (found === undefined || !isHandoff(found) || !found.step.branch) break
    const { crossing, step } = found
    const [start = null, end = null] = layOut([{ point: crossing.started }, { point: crossing.ended }], view.clocks)
    if (crossing.ended !== null) crossed.add(step.id)
    hops.push(crossingHop(view, step, crossing, start, end))
  }
  return hops
}

function crossingHop(
  view: View,
  step: HandoffStep,
  crossing: Crossing,
  start: PlacedMark | null,
  end: PlacedMark | null,
): Hop {
  const { spec } = step
  const known = start !== null && end !== null
  const latency = known ? between(end.moment.best, start.moment.best) : null
  return {
    id: step.id,
    handoff: step.handoff,
    status: step.status,
    kind: spec.kind,
    from: spec.from,
    to: spec.to,
    state: end === null ? 'waiting' : 'crossed',
    branch: step.branch,
    startedAt: start?.moment ?? null,
    latency,
    plusMinus: known && latency !== null ? plusMinus(view, start, end, latency) : null,
    context: crossing.context,
    witnesses: crossing.witnesses,
    segments: known && latency !== null ? crossingSegments(view, step, crossing, start, end, latency) : [],
  }
}

function crossingSegments(
  view: View,
  step: HandoffStep,
  crossing: Crossing,
  start: PlacedMark,
  end: PlacedMark,
  latency: Nanos,
): readonly Segment[] {
  if (latency === 0n) return []
  if (!start.observed || !end.observed) return [{ kind: 'unobserved', system: step.spec.to, time: latency }]
  switch (step.spec.kind) {
    case 'http':
    case 'person':
      return [{ kind: 'transfer', system: step.spec.to, time: latency }]
    case 'storage':
      return [{ kind: 'storage', system: step.spec.to, time: latency }]
    case 'shared-database':
      return [
        { kind: 'database', system: step.spec.operation === 'write' ? step.spec.to : step.spec.from, time: latency },
      ]
    case 'queue':
      return splitQueueTime(view, crossing, start.moment.best, end.moment.best)
  }
}

/** One system's own work between the mark before and this one; none where they coincide. */
function ownWork(view: View, laid: readonly Laid[], i: number, previous: Laid): readonly Hop[] {
  const here = laid[i]
  const start = previous.end
  const end = here?.start ?? null
  if (here === undefined || start === null || end === null) return []
  const latency = between(end.moment.best, start.moment.best)
  if (latency === 0n) return []
  const system = systemAfter(previous.found)
  const observed = start.observed && end.observed
  return [
    {
      id: `${system} after ${nameOf(previous.found)}`,
      handoff: null,
      status: null,
      kind: 'work',
      from: system,
      to: system,
      state: 'crossed',
      branch: false,
      startedAt: start.moment,
      latency,
      plusMinus: plusMinus(view, start, end, latency),
      context: 'none',
      witnesses: [...new Set([...witnessesOf(previous.found), ...witnessesOf(here.found)])],
      segments: observed
        ? workSegments(view, laid, i, system, start.moment.best, end.moment.best)
        : [{ kind: 'unobserved', system, time: latency }],
    },
  ]
}

/** Own work is told by whoever told where it began and where it ended. */
const witnessesOf = (found: FoundStep): readonly SourceName[] =>
  isHandoff(found) ? found.crossing.witnesses : (found.evidence?.witnesses ?? [])

const nameOf = (found: FoundStep): string => (isHandoff(found) ? found.step.id : found.step.stage)

/** Storage and databases do no work of their own on the path: the system that used them goes on. */
function systemAfter(found: FoundStep): string {
  if (!isHandoff(found)) return found.step.spec.owner
  const { spec } = found.step
  if (spec.kind === 'storage') return spec.from
  return spec.kind === 'shared-database' && spec.operation === 'write' ? spec.from : spec.to
}

function workSegments(
  view: View,
  laid: readonly Laid[],
  i: number,
  system: string,
  from: UnixNanos,
  to: UnixNanos,
): readonly Segment[] {
  const next = stepAskedFor(laid, i)
  const person = next === undefined ? null : personAwaited(view, next.found)
  const asked = person === null || next === undefined ? null : askedAt(view, next.found)
  const work = view.timesOf(system)
  if (person === null) return splitOwnTime(from, to, work, system, { kind: 'unobserved', system })
  const until = asked === null || asked < from || asked > to ? to : asked
  return merge([
    ...splitOwnTime(from, until, work, system, { kind: 'person', system: person }),
    ...splitOwnTime(until, to, work, system, { kind: 'transfer', system }),
  ])
}

/** The step that ends this work: itself if a person or stage ends it, or the stage that the next crossing sets at once. */
function stepAskedFor(laid: readonly Laid[], i: number): Laid | undefined {
  const here = laid[i]
  if (here === undefined) return here
  if (!isHandoff(here.found)) {
    // What lies between a crossing and the stage it asks for is the system's own; nobody is awaited any more.
    const before = laid[i - 1]
    return before !== undefined && isHandoff(before.found) ? undefined : here
  }
  const { kind } = here.found.step.spec
  if (kind === 'person' || kind === 'http') return here
  const after = laid[i + 1]
  return after !== undefined && !isHandoff(after.found) ? after : undefined
}

/** Who is awaited: the sender of the crossing, or whoever asked for the stage. */
function personAwaited(view: View, found: FoundStep): string | null {
  if (isHandoff(found)) return found.step.spec.from
  return found.step.spec.by === 'person' ? (requestFor(view, found)?.by ?? 'a person') : null
}

/** When the person's request for the next stage was sent, where no hand-off of the path tells. */
const askedAt = (view: View, found: FoundStep): UnixNanos | null => requestFor(view, found)?.at.earliest ?? null

function requestFor(view: View, found: FoundStep): RequestMade | null {
  if (isHandoff(found) || found.step.spec.asked === undefined) return null
  const route = createRouteMatcher(found.step.spec.asked)
  return view.requests.find(({ method, path }) => route.matches(method, path)) ?? null
}

function merge(segments: readonly Segment[]): readonly Segment[] {
  const sums = new Map<string, Segment>()
  for (const segment of segments) {
    const key = `${segment.kind} ${segment.system}`
    const sum = sums.get(key)
    sums.set(key, sum === undefined ? segment : { ...segment, time: nanos(sum.time + segment.time) })
  }
  return [...sums.values()].filter(({ time }) => time > 0n)
}

/** Half-width of the shown latency: the farther end of the interval in which the true one lies. */
function plusMinus(view: View, start: PlacedMark, end: PlacedMark, latency: Nanos): Nanos {
  const { least, most } = view.clocks.elapsed(start.point, end.point)
  const floor = least < 0n ? 0n : least
  const above = most - latency
  const below = latency - floor
  const wide = above > below ? above : below
  return nanos(wide < 0n ? 0n : wide)
}
