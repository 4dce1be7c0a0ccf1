import { nanos, type UnixNanos } from '../shared/units.ts'
import type { Act } from './act.ts'
import type { Segment, SegmentKind } from './journey.ts'
import type { ActTime } from './view.ts'

/** Where an act begins or ends. */
interface Cut {
  readonly at: UnixNanos
  readonly kind: SegmentKind
  readonly opens: 1 | -1
}

/** What one act's time counts as, the most telling first where acts overlap. */
const PRECEDENCE: readonly SegmentKind[] = ['storage', 'database', 'transfer', 'processing']

function kindOf(act: Act): SegmentKind {
  if (act.op === 'storage') return 'storage'
  if (act.op === 'sql') return 'database'
  return act.op === 'call' ? 'transfer' : 'processing'
}

/**
 * Where a system's own time from `from` to `to` went, by the acts that lie in it:
 *
 *   acts      ├── processing ───────────────┤
 *                  ├ sql ┤   ├ storage ┤
 *   segments  ├pro─┼─db──┼pro┼─storage─┼pro─┼── rest ──┤
 *
 * The rest nobody told of is `rest`: a person's time where a person is awaited, else `unobserved`. The parts add up exactly.
 */
export function splitOwnTime(
  from: UnixNanos,
  to: UnixNanos,
  work: readonly ActTime[],
  system: string,
  rest: { readonly kind: SegmentKind; readonly system: string },
): readonly Segment[] {
  const cuts: Cut[] = []
  for (const { act, start, end } of work) {
    if (end <= from || start >= to || start >= end) continue
    const kind = kindOf(act)
    cuts.push({ at: start > from ? start : from, kind, opens: 1 }, { at: end < to ? end : to, kind, opens: -1 })
  }
  cuts.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const sums = new Map<SegmentKind, bigint>()
  const active = new Map<SegmentKind, number>()
  let since = from
  const tell = (until: UnixNanos): void => {
    if (until === since) return
    const kind = PRECEDENCE.find((candidate) => (active.get(candidate) ?? 0) > 0) ?? rest.kind
    sums.set(kind, (sums.get(kind) ?? 0n) + (until - since))
    since = until
  }
  for (const { at, kind, opens } of cuts) {
    tell(at)
    active.set(kind, (active.get(kind) ?? 0) + opens)
  }
  tell(to)
  return [...sums].map(([kind, time]) => ({
    kind,
    system: kind === rest.kind ? rest.system : system,
    time: nanos(time),
  }))
}
