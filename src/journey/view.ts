import type { Contract } from '../contract/contract.ts'
import type { Condition } from '../evidence/condition.ts'
import type { Evidence, WatchedOrder } from '../evidence/evidence.ts'
import type { Fact, FactKind, RequestMade, SpanEnded, StatusAnswered, StatusUnavailable } from '../evidence/fact.ts'
import type { OwnSpans } from '../evidence/own-spans.ts'
import type { UnixNanos } from '../shared/units.ts'
import type { Act } from './act.ts'
import type { Clocks } from './clocks/solve.ts'
import { endOfSpan, startOf } from './crossings/crossing.ts'
import type { Moment } from './journey.ts'
import type { SpanTree } from './span-tree.ts'

/** An act with its times as shown on the monitor's clock. */
export interface ActTime {
  readonly act: Act
  readonly start: UnixNanos
  readonly end: UnixNanos
}

/** The order's evidence, sorted out: what every later step reads. */
export interface View {
  readonly contract: Contract
  readonly order: WatchedOrder
  readonly evidence: Evidence
  readonly spans: OwnSpans
  readonly tree: SpanTree
  readonly clocks: Clocks
  /** The order's acts by system, in order of their start on their own clock. */
  actsOf(system: string): readonly Act[]
  /** When an act began and ended, as shown on the monitor's clock. */
  timeOf(act: Act): ActTime
  /** The same of all acts of a system. */
  timesOf(system: string): readonly ActTime[]
  /** When a span ended, on the monitor's clock. */
  endedAt(fact: SpanEnded): Moment
  /** By time of sending. */
  readonly requests: readonly RequestMade[]
  /** What a system answered about the order, by time of asking. */
  answersOf(system: string): readonly StatusAnswered[]
  /** When a system could not be asked, by time of asking. */
  failuresOf(system: string): readonly StatusUnavailable[]
  /** The order's facts of one kind, by time. */
  told<K extends FactKind>(kind: K): readonly Extract<Fact, { readonly kind: K }>[]
  /** States of one kind of something shared (a queue, a source), by time; of all subjects where none is named. */
  states<K extends Condition['kind']>(kind: K, subject?: string): readonly Extract<Condition, { readonly kind: K }>[]
}

interface Kinded {
  readonly kind: string
}

/** Of records grouped by kind, so that the first speaks for all. */
const areOfKind = <T extends Kinded, K extends T['kind']>(
  group: readonly T[],
  kind: K,
): group is readonly Extract<T, { readonly kind: K }>[] => group[0] === undefined || group[0].kind === kind

/** The records of each kind in order; a kind is sorted when it is first asked for, because of most nobody asks. */
function sortByKind<T extends Kinded>(records: readonly T[], inOrder: (a: T, b: T) => number) {
  const groups = Map.groupBy(records, ({ kind }) => kind)
  const sorted = new Map<string, readonly T[]>()
  return <K extends T['kind']>(kind: K): readonly Extract<T, { readonly kind: K }>[] => {
    const group = sorted.get(kind) ?? (groups.get(kind) ?? []).toSorted(inOrder)
    sorted.set(kind, group)
    return areOfKind(group, kind) ? group : []
  }
}

/** Of two at the same time the same one is first, whichever came first. */
const byId = (a: { readonly id: string }, b: { readonly id: string }): number =>
  a.id < b.id ? -1 : a.id > b.id ? 1 : 0

const byBeginning = (a: Condition, b: Condition): number => (a.from < b.from ? -1 : a.from > b.from ? 1 : byId(a, b))

const byTime = (a: Fact, b: Fact): number =>
  a.at.earliest < b.at.earliest ? -1 : a.at.earliest > b.at.earliest ? 1 : byId(a, b)

interface Sorted {
  readonly contract: Contract
  readonly order: WatchedOrder
  readonly evidence: Evidence
  readonly spans: OwnSpans
  readonly tree: SpanTree
  readonly clocks: Clocks
}

/** Sorts the evidence by system once, so that the steps after it need not search. */
export function createView(sorted: Sorted): View {
  const systemOf = new Map(
    Object.entries(sorted.contract.systems).flatMap(([system, spec]) =>
      spec.services.map((service) => [service, system]),
    ),
  )
  const acts = groupBy(sorted.tree.acts, ({ span }) => systemOf.get(span.service))
  for (const group of acts.values())
    group.sort((a, b) => (a.span.start < b.span.start ? -1 : a.span.start > b.span.start ? 1 : compare(a, b)))
  const told = sortByKind(sorted.evidence.facts, byTime)
  const statesOf = sortByKind(sorted.evidence.conditions, byBeginning)
  const answers = groupBy(told('status-answered'), ({ system }) => system)
  const failures = groupBy(told('status-unavailable'), ({ system }) => system)
  const ends = new Map<SpanEnded, Moment>()
  const endedAt = (fact: SpanEnded) => {
    const known = ends.get(fact)
    if (known !== undefined) return known
    const end = sorted.clocks.moment(endOfSpan(fact))
    ends.set(fact, end)
    return end
  }
  const times = new Map<Act, ActTime>()
  const timeOf = (act: Act): ActTime => {
    const known = times.get(act)
    if (known !== undefined) return known
    const time = { act, start: sorted.clocks.moment(startOf(act)).best, end: endedAt(act.fact).best }
    times.set(act, time)
    return time
  }
  const bySystem = new Map<string, readonly ActTime[]>()
  const timesOf = (system: string): readonly ActTime[] => {
    const known = bySystem.get(system) ?? (acts.get(system) ?? []).map(timeOf)
    bySystem.set(system, known)
    return known
  }
  return {
    ...sorted,
    timeOf,
    timesOf,
    endedAt,
    requests: told('request-made'),
    actsOf: (system) => acts.get(system) ?? [],
    answersOf: (system) => answers.get(system) ?? [],
    failuresOf: (system) => failures.get(system) ?? [],
    told,
    states: <K extends Condition['kind']>(kind: K, subject?: string) =>
      subject === undefined ? statesOf(kind) : statesOf(kind).filter((state) => state.subject === subject),
  }
}

const compare = (a: Act, b: Act): number => (a.span.spanId < b.span.spanId ? -1 : a.span.spanId > b.span.spanId ? 1 : 0)

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
