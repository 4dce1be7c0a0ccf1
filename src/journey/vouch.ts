import type { Coverage } from '../evidence/coverage.ts'
import type { UnixNanos } from '../shared/units.ts'
import type { View } from './view.ts'

/** Whether spans of a system would have been seen, had they ended in an interval; if not, why not. */
export type Vouched = { readonly vouched: true } | { readonly vouched: false; readonly why: string }

const YES: Vouched = { vouched: true }
const no = (why: string): Vouched => ({ vouched: false, why })

/**
 * Does every instance of the system vouch for every moment from `from` to `to` (monitor's clock)? Spans leave an instance in the order they
 * ended, so an export request vouches for all between its first and its last span. Between two requests lies a hole, unless it is too short
 * to hide one:
 *
 *   request 1        request 2        request 3
 *   ├─■──■─■┤        ├■──■─┤             ├─■─┤
 *            gap ≤ W         gap ≤ W
 *
 * W is the time an exporter collects spans before it sends them, told by the shortest times from a request's first span to its arrival. A lost request that began after request 1 would have collected for W, and so have taken the first span of request 2 with it.
 */
export function vouchForSpans(view: View, system: string, from: UnixNanos, to: UnixNanos): Vouched {
  const services = view.contract.systems[system]?.services ?? []
  if (services.length === 0) return no(`${system} tells no spans`)
  const records = view.evidence.coverage.filter(({ service }) => services.includes(service))
  if (records.length === 0) return no(`no span of ${system} has arrived from any instance`)
  for (const [instance, own] of byInstance(records)) {
    const verdict = vouchForInstance(view, instance, own, from, to)
    if (!verdict.vouched) return verdict
  }
  return missingParents(view, system, from, to)
}

function byInstance(records: readonly Coverage[]): ReadonlyMap<string, Coverage[]> {
  const groups = new Map<string, Coverage[]>()
  for (const record of records) groups.set(record.instance, [...(groups.get(record.instance) ?? []), record])
  return groups
}

function vouchForInstance(view: View, instance: string, records: Coverage[], from: UnixNanos, to: UnixNanos): Vouched {
  const start = view.clocks.onInstance(instance, from)
  const end = view.clocks.onInstance(instance, to)
  if (start === null || end === null) return no(`the clock of ${instance} is not known`)
  const ordered = records.toSorted((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const collects = collectingTime(view, records)
  let reached: UnixNanos | null = null
  for (const record of ordered) {
    if (record.dropped > 0 && record.to >= start.earliest && record.from <= end.latest) return no(`${instance} dropped spans`)
    if (reached === null) {
      if (record.from > start.earliest && record.from - start.earliest > collects) return no(`${instance} was not heard before`)
      reached = record.to
      continue
    }
    if (record.from - reached > collects && record.from > start.earliest) {
      if (reached < end.latest) return no(`spans of ${instance} may be missing`)
      break
    }
    if (record.to > reached) reached = record.to
  }
  if (reached === null || reached < end.latest) return no(`${instance} has not been heard since`)
  return YES
}

/** Below the tenth part lie the requests of a shutdown, sent before their time. */
const RARELY_LESS = 0.1

function collectingTime(view: View, records: readonly Coverage[]): bigint {
  const times = records.map(({ instance, from, seenAt }) => (view.clocks.onInstance(instance, seenAt)?.earliest ?? from) - from)
  times.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const time = times[Math.floor(times.length * RARELY_LESS)] ?? 0n
  return time < 0n ? 0n : time
}

/** A span of the order whose local parent never came is itself a hole: what else was below that parent may be missing too. */
function missingParents(view: View, system: string, from: UnixNanos, to: UnixNanos): Vouched {
  const orphan = view.actsOf(system).find((act) => {
    if (!view.tree.isOrphan(act) || act.span.parentIsRemote === true || act.op === 'serve' || act.op === 'consume') return false
    const start = view.clocks.onInstance(act.span.instance, from)
    const end = view.clocks.onInstance(act.span.instance, to)
    return start !== null && end !== null && act.span.end >= start.earliest && act.span.start <= end.latest
  })
  return orphan === undefined ? YES : no(`the parent of span "${orphan.span.name}" of ${orphan.span.instance} has not arrived`)
}
