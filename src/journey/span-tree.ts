import type { SpanRef } from '../evidence/span.ts'
import type { Act } from './act.ts'

/** The order's acts with their parents and links, for walking up and down. */
export interface SpanTree {
  readonly acts: readonly Act[]
  find(ref: SpanRef): Act | undefined
  parent(act: Act): Act | undefined
  /** The act itself and everything below it, in no order; across processes too. */
  withDescendants(act: Act): readonly Act[]
  /** The act itself, its parent, and so on upwards; ends where a parent was not seen, or where parents run in a circle. */
  lineage(act: Act): IteratorObject<Act>
  /** True if `above` is `act` or one of its ancestors by parent. */
  isWithin(act: Act, above: Act): boolean
  /** True if the parent is named but was never seen. */
  isOrphan(act: Act): boolean
}

export function createSpanTree(acts: readonly Act[]): SpanTree {
  const traces = new Map<string, Map<string, Act>>()
  for (const act of acts) {
    const { traceId, spanId } = act.span
    const trace = traces.get(traceId)
    if (trace === undefined) traces.set(traceId, new Map([[spanId, act]]))
    else trace.set(spanId, act)
  }
  const find = ({ traceId, spanId }: SpanRef): Act | undefined => traces.get(traceId)?.get(spanId)
  const parents = new Map<Act, Act>()
  const children = new Map<Act, Act[]>()
  for (const act of acts) {
    const { traceId, parentSpanId } = act.span
    const above = parentSpanId === null ? undefined : find({ traceId, spanId: parentSpanId })
    if (above === undefined) continue
    parents.set(act, above)
    const siblings = children.get(above)
    if (siblings === undefined) children.set(above, [act])
    else siblings.push(act)
  }
  const parent = (act: Act): Act | undefined => parents.get(act)

  function* lineage(act: Act) {
    const visited = new Set<Act>()
    for (let at: Act | undefined = act; at !== undefined && !visited.has(at); at = parent(at)) {
      visited.add(at)
      yield at
    }
  }

  return {
    acts,
    find,
    parent,
    withDescendants(act) {
      // An act has one parent at most, so only the first can be met again, where parents run in a circle.
      const found = [act]
      for (const one of found) for (const child of children.get(one) ?? []) if (child !== act) found.push(child)
      return found
    },
    lineage,
    isWithin: (act, above) => lineage(act).some((at) => at === above),
    isOrphan: (act) => act.span.parentSpanId !== null && !parents.has(act),
  }
}
