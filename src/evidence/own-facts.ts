import type { WatchedOrder } from './evidence.ts'
import type { Fact } from './fact.ts'
import type { KeyKind } from './keys.ts'

const valuesOf = (fact: Fact, kind: KeyKind): readonly string[] =>
  fact.keys.filter((key) => key.kind === kind).map(({ value }) => value)

/** Leaves out what names the reference of another order and not ours. Spans are told apart by their traces, not here. */
export const withoutOtherReferences = (order: WatchedOrder, facts: readonly Fact[]): readonly Fact[] =>
  facts.filter((fact) => {
    const references = valuesOf(fact, 'reference')
    return fact.kind === 'span-ended' || references.length === 0 || references.includes(order.key)
  })

/** Leaves out answers and requests about other orders, once any id of ours is known. */
export function withoutOtherOrders(
  order: WatchedOrder,
  orderIds: ReadonlySet<string>,
  facts: readonly Fact[],
): readonly Fact[] {
  return facts.filter((fact) => {
    if (fact.kind === 'span-ended' || valuesOf(fact, 'reference').includes(order.key)) return true
    const ids = valuesOf(fact, 'order')
    return ids.length === 0 || orderIds.size === 0 || ids.some((id) => orderIds.has(id))
  })
}
