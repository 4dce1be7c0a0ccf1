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

const nameOf = ({ traceId, spanId }: SpanRef): string => `${traceId}:${spanId}`

export function createSpanTree(acts: readonly Act[]): SpanTree {
  const byName = new Map(acts.map((act) => [nameOf(act.span), act]))
  const children = new Map<string, Act[]>()
  const parentName = ({ span }: Act): string | null =>
    span.parentSpanId === null ? null : `${span.traceId}:${span.parentSpanId}`
  for (const act of acts) {
    const name = parentName(act)
    if (name === null) continue
    const siblings = children.get(name)
    if (siblings === undefined) children.set(name, [act])
    else siblings.push(act)
  }
  const parent = (act: Act): Act | undefined => {
    const name = parentName(act)
    return name === null ? undefined : byName.get(name)
  }

  function* lineage(act: Act) {
    const visited = new Set<Act>()
    for (let at: Act | undefined = act; at !== undefined && !visited.has(at); at = parent(at)) {
      visited.add(at)
      yield at
    }
  }

  return {
    acts,
    find: (ref) => byName.get(nameOf(ref)),
    parent,
    withDescendants(act) {
      const found = new Set<Act>([act])
      for (const one of found) for (const child of children.get(nameOf(one.span)) ?? []) found.add(child)
      return [...found]
    },
    lineage,
    isWithin: (act, above) => lineage(act).some((at) => at === above),
    isOrphan: (act) => parentName(act) !== null && parent(act) === undefined,
  }
}
