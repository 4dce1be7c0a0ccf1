import type { FaultName } from './catalogue.ts'
import { type FaultScope, sameScope } from './scope.ts'

/** The names under which an order may be meant. */
export interface OrderNames {
  readonly orderId?: string | undefined
  readonly reference?: string | undefined
}

/** What is switched on in this process. Asked at the few places where a real defect would sit; says nothing to anybody else. */
export interface Switchboard {
  active(name: FaultName, order: OrderNames): boolean
  /** Adds a scope to those the fault has. */
  set(name: FaultName, scope: FaultScope): void
  /** Takes one scope away, or all of them. */
  clear(name: FaultName, scope?: FaultScope): void
  /** Calls `listener` after every change. */
  watch(listener: () => void): void
  list(): { readonly name: FaultName; readonly scope: FaultScope }[]
}

/** An empty board. */
export function createSwitchboard(): Switchboard {
  const on = new Map<FaultName, readonly FaultScope[]>()
  const listeners: (() => void)[] = []
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const without = (name: FaultName, scope: FaultScope) => (on.get(name) ?? []).filter((each) => !sameScope(each, scope))
  return {
    active: (name, order) => on.get(name)?.some((scope) => covers(scope, order)) ?? false,
    set(name, scope) {
      on.set(name, [...without(name, scope), scope])
      changed()
    },
    clear(name, scope) {
      const left = scope === undefined ? [] : without(name, scope)
      if (left.length === 0) on.delete(name)
      else on.set(name, left)
      changed()
    },
    watch: (listener) => void listeners.push(listener),
    list: () => [...on].flatMap(([name, scopes]) => scopes.map((scope) => ({ name, scope }))),
  }
}

const covers = (scope: FaultScope, { orderId, reference }: OrderNames): boolean =>
  scope.kind !== 'order' || scope.reference === 'all' || scope.reference === reference || scope.reference === orderId
