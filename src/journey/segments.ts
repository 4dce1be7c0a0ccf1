import { nanos, type UnixNanos } from '../shared/units.ts'
import type { Act } from './act.ts'
import type { Segment, SegmentKind } from './journey.ts'
import type { View } from './view.ts'

interface Stretch {
  readonly from: UnixNanos
  readonly to: UnixNanos
  readonly kind: SegmentKind
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
  acts: readonly Act[],
  timeOf: View['timeOf'],
  system: string,
  rest: { readonly kind: SegmentKind; readonly system: string },
): readonly Segment[] {
  const stretches = acts.flatMap((act): Stretch[] => {
    const { start, end } = timeOf(act)
    if (end <= from || start >= to) return []
    const clipped = { from: start > from ? start : from, to: end < to ? end : to, kind: kindOf(act) }
    return clipped.from < clipped.to ? [clipped] : []
  })
  const cuts = [...new Set([from, to, ...stretches.flatMap((stretch) => [stretch.from, stretch.to])])].sort((a, b) =>
    a < b ? -1 : a > b ? 1 : 0,
  )
  const sums = new Map<SegmentKind, bigint>()
  const opening = groupByCut(stretches, 'from')
  const closing = groupByCut(stretches, 'to')
  const active = new Map<SegmentKind, number>()
  for (const [i, cut] of cuts.entries()) {
    for (const { kind } of closing.get(cut) ?? []) active.set(kind, (active.get(kind) ?? 0) - 1)
    for (const { kind } of opening.get(cut) ?? []) active.set(kind, (active.get(kind) ?? 0) + 1)
    const next = cuts[i + 1]
    if (next === undefined) break
    const kind = PRECEDENCE.find((candidate) => (active.get(candidate) ?? 0) > 0) ?? rest.kind
    sums.set(kind, (sums.get(kind) ?? 0n) + (next - cut))
  }
  return [...sums].map(([kind, time]) => ({
    kind,
    system: kind === rest.kind ? rest.system : system,
    time: nanos(time),
  }))
}

function groupByCut(stretches: readonly Stretch[], side: 'from' | 'to'): Map<UnixNanos, Stretch[]> {
  const groups = new Map<UnixNanos, Stretch[]>()
  for (const stretch of stretches) {
    const group = groups.get(stretch[side])
    if (group === undefined) groups.set(stretch[side], [stretch])
    else group.push(stretch)
  }
  return groups
}
