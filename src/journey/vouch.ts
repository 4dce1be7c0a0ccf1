import type { Contract } from '../contract/contract.ts'
import type { Coverage } from '../evidence/coverage.ts'
import { between, earliest, fromMs, latest, type Nanos, plus, type UnixNanos } from '../shared/units.ts'
import type { Act } from './act.ts'
import { collectingTime } from './collecting.ts'
import type { View } from './view.ts'

/** Whether spans of a system would have been seen, had they ended in an interval; if not, why not. */
export type Vouched =
  | { readonly vouched: true }
  | {
      readonly vouched: false
      readonly why: string
      /** All is told so far as the system has been heard; the exports that would close the interval may be on their way. */
      readonly awaited: boolean
    }

const YES: Vouched = { vouched: true }
const no = (why: string, awaited = false): Vouched => ({ vouched: false, why, awaited })

/**
 * Does every instance of the system vouch for every moment from `from` to `to` (monitor's clock)? Spans leave an instance in the order they
 * ended, so an export request vouches for all between its first and its last span. Between two requests lies a hole, unless it is too short
 * to hide one:
 *
 *   request 1        request 2        request 3
 *   ├─■──■─■┤        ├■──■─┤             ├─■─┤
 *            gap ≤ W         gap ≤ W
 *
 * W is the time an exporter collects spans before it sends them. A lost request that began after request 1 would have collected for W, and so have taken the first span of request 2 with it.
 */
export function vouchForSpans(view: View, system: string, from: UnixNanos, to: UnixNanos): Vouched {
  const exported = vouchForExports(view, system, from, to)
  return exported.vouched ? missingParents(view, system, from, to) : exported
}

/**
 * Has every span of the system come that ended from `from` to `to`? Less than `vouchForSpans` asks: a span whose children came and which did not come itself has, then,
 * not ended; what else is below it is not known.
 */
export function vouchForExports(view: View, system: string, from: UnixNanos, to: UnixNanos): Vouched {
  const instances = heardOf(view, system)
  if (!isInstrumented(view.contract, system)) return no(`${system} tells no spans`)
  if (instances.length === 0) return no(`no span of ${system} has arrived from any instance`)
  for (const instance of instances) {
    if (isReplaced(instance, instances, from)) continue
    const verdict = vouchForInstance(view, instance, from, to)
    if (!verdict.vouched) return verdict
  }
  return YES
}

/** A system with services tells spans, unless the contract says it is known not to. */
export function isInstrumented(contract: Contract, system: string): boolean {
  const spec = contract.systems[system]
  return spec !== undefined && spec.services.length > 0 && spec.instrumented !== false
}

interface Interval {
  readonly from: UnixNanos
  readonly to: UnixNanos
}

/** What one instance vouches for, on its own clock, in order; holes are counted losses and win. */
interface Heard {
  readonly instance: string
  readonly stretches: readonly Interval[]
  readonly holes: readonly Interval[]
  readonly service: string
  /** First and last arrival of an export, on the monitor's clock. */
  readonly firstSeenAt: UnixNanos
  readonly lastSeenAt: UnixNanos
}

/** Works something out once for each system of each view: every rule asks it of the same evidence. */
function oncePerSystem<T>(
  workOut: (view: View, system: string) => readonly T[],
): (view: View, system: string) => readonly T[] {
  const worked = new WeakMap<View, Map<string, readonly T[]>>()
  return (view, system) => {
    const known = worked.get(view) ?? new Map<string, readonly T[]>()
    worked.set(view, known)
    const found = known.get(system) ?? workOut(view, system)
    known.set(system, found)
    return found
  }
}

const heardOf = oncePerSystem((view, system): readonly Heard[] => {
  const services = view.contract.systems[system]?.services ?? []
  // A tap's own coverage bears the name of its virtual host, which may be that of a service.
  const records = view.evidence.coverage.filter(
    ({ source, service }) => source === 'otlp' && services.includes(service),
  )
  const byInstance = [...Map.groupBy(records, ({ instance }) => instance)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return byInstance.map(([instance, own]) => hear(view, instance, own))
})

/** Silent for so long an instance of which a successor has been heard since is gone, not frozen. */
const GONE_AFTER = fromMs(10_000)

/** The instance said its last word well before `from`, and another of the same service its first one after that: it was stopped and started anew. */
const isReplaced = (instance: Heard, all: readonly Heard[], from: UnixNanos): boolean =>
  plus(instance.lastSeenAt, GONE_AFTER) < from &&
  all.some(({ service, firstSeenAt }) => service === instance.service && firstSeenAt > instance.lastSeenAt)

function hear(view: View, instance: string, records: readonly Coverage[]): Heard {
  const told = records.filter((record) => record.spans > 0 && !isOfOtherClock(view, record)).toSorted(byStart)
  const collects = collectingTime(view, told)
  const torn = tornByAJump(told, collects)
  const stretches: Interval[] = []
  for (const record of told) {
    if (torn.has(record)) continue
    const { from, to } = record
    const last = stretches.at(-1)
    if (last !== undefined && from - last.to <= collects)
      stretches[stretches.length - 1] = { from: last.from, to: latest(to, last.to) }
    else stretches.push({ from, to })
  }
  const arrivals = records.map(({ seenAt }) => seenAt)
  return {
    instance,
    service: records[0]?.service ?? '',
    stretches,
    holes: records.filter(({ dropped }) => dropped > 0),
    firstSeenAt: arrivals.reduce(earliest),
    lastSeenAt: arrivals.reduce(latest),
  }
}

/** It arrived before its last span ended: the instance's clock has been set back since, in the midst of it or later, and the times it names are of neither clock. */
function isOfOtherClock(view: View, { instance, to, seenAt }: Coverage): boolean {
  const arrival = view.clocks.onInstance(instance, seenAt)
  return arrival !== null && arrival.latest < to
}

/**
 * Requests whose spans ended further apart than there was time: the clock was set forward in the midst of them, or a span bears an odd time. What a request
 * holds ended after the one before it was sent, and that was sent after the last but one had arrived; requests that wait for no answer hold no more than is
 * collected at once.
 */
function tornByAJump(told: readonly Coverage[], collects: Nanos): ReadonlySet<Coverage> {
  const torn = new Set<Coverage>()
  let arrivals: readonly UnixNanos[] = []
  for (const record of told.toSorted((a, b) => (a.seenAt < b.seenAt ? -1 : a.seenAt > b.seenAt ? 1 : 0))) {
    const { from, to, seenAt } = record
    if (arrivals.at(-1) !== seenAt) arrivals = [...arrivals.slice(-2), seenAt]
    const [lastButOne, ...since] = arrivals
    if (lastButOne === undefined || since.length < 2) continue
    if (between(to, from) > between(seenAt, lastButOne) + collects) torn.add(record)
  }
  return torn
}

const byStart = (a: Interval, b: Interval): number => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)

function vouchForInstance(view: View, { instance, stretches, holes }: Heard, from: UnixNanos, to: UnixNanos): Vouched {
  const start = view.clocks.onInstance(instance, from)?.earliest
  const end = view.clocks.onInstance(instance, to)?.latest
  if (start === undefined || end === undefined) return no(`the clock of ${instance} is not known`)
  if (holes.some((hole) => hole.to >= start && hole.from <= end)) return no(`${instance} dropped spans`)
  const around = stretches.findLast((stretch) => stretch.from <= start)
  if (around === undefined) return no(`${instance} was not heard before`)
  if (around.to >= end) return YES
  if (around === stretches.at(-1)) return no(`${instance} has not been heard since`, true)
  return no(`spans of ${instance} may be missing`)
}

const localOrphans = oncePerSystem((view, system): readonly Act[] => {
  const isLocal = ({ span, op }: Act): boolean => span.parentIsRemote !== true && op !== 'serve' && op !== 'consume'
  return view.actsOf(system).filter((act) => view.tree.isOrphan(act) && isLocal(act))
})

/** A span of the order whose local parent never came is itself a hole: what else was below that parent may be missing too. */
function missingParents(view: View, system: string, from: UnixNanos, to: UnixNanos): Vouched {
  const orphan = localOrphans(view, system).find((act) => {
    const start = view.clocks.onInstance(act.span.instance, from)
    const end = view.clocks.onInstance(act.span.instance, to)
    return start !== null && end !== null && act.span.end >= start.earliest && act.span.start <= end.latest
  })
  return orphan === undefined
    ? YES
    : no(`the parent of span "${orphan.span.name}" of ${orphan.span.instance} has not arrived`)
}
