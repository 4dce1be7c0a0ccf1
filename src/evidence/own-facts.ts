import type { WatchedOrder } from './evidence.ts'
import type { Fact } from './fact.ts'
import type { KeyKind } from './keys.ts'

const names = (fact: Fact, kind: KeyKind): boolean => fact.keys.some((key) => key.kind === kind)

const namesOneOf = (fact: Fact, kind: KeyKind, isOurs: (value: string) => boolean): boolean =>
  fact.keys.some((key) => key.kind === kind && isOurs(key.value))

/** Leaves out what names the reference of another order and not ours. Spans are told apart by their traces, not here. */
export const withoutOtherReferences = (order: WatchedOrder, facts: readonly Fact[]): readonly Fact[] =>
  facts.filter(
    (fact) =>
      fact.kind === 'span-ended' ||
      !names(fact, 'reference') ||
      namesOneOf(fact, 'reference', (value) => value === order.key),
  )

/** Leaves out answers and requests about other orders, once any id of ours is known. */
export function withoutOtherOrders(
  order: WatchedOrder,
  orderIds: ReadonlySet<string>,
  facts: readonly Fact[],
): readonly Fact[] {
  if (orderIds.size === 0) return facts
  return facts.filter(
    (fact) =>
      fact.kind === 'span-ended' ||
      namesOneOf(fact, 'reference', (value) => value === order.key) ||
      !names(fact, 'order') ||
      namesOneOf(fact, 'order', (id) => orderIds.has(id)),
  )
}
