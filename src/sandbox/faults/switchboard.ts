import type { FaultName } from './catalogue.ts'
import type { FaultScope } from './scope.ts'

/** The names under which an order may be meant. */
export interface OrderNames {
  readonly orderId?: string | undefined
  readonly reference?: string | undefined
}

/** What is switched on in this process. Asked at the few places where a real defect would sit; says nothing to anybody else. */
export interface Switchboard {
  active(name: FaultName, order: OrderNames): boolean
  set(name: FaultName, scope: FaultScope): void
  clear(name: FaultName): void
  list(): { readonly name: FaultName; readonly scope: FaultScope }[]
}

/** An empty board. */
export function createSwitchboard(): Switchboard {
  const on = new Map<FaultName, FaultScope>()
  return {
    active(name, { orderId, reference }) {
      const scope = on.get(name)
      if (scope === undefined) return false
      if (scope.kind === 'process' || scope.reference === 'all') return true
      return scope.reference === reference || scope.reference === orderId
    },
    set: (name, scope) => void on.set(name, scope),
    clear: (name) => void on.delete(name),
    list: () => [...on].map(([name, scope]) => ({ name, scope })),
  }
}
