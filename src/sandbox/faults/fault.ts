import type { FaultScope } from './scope.ts'

/** What a fault may be switched on for. */
type ScopeKind = FaultScope['kind']

/** A part of the order system in which a fault sits. */
export type FaultPart = 'shop-api' | 'crm-api' | 'mes-api' | 'carrier' | 'storage' | 'rabbitmq' | 'shop-db' | 'mes-db'

/** One way to break the order system, as `waybill faults` lists it. What it must cause is the drill's knowledge, not ours. */
export interface Fault {
  readonly name: string
  readonly title: string
  readonly scopes: readonly ScopeKind[]
  /** The parts whose behaviour changes; each service among them is told. */
  readonly parts: readonly FaultPart[]
  /** What really changes, in one sentence. */
  readonly changes: string
}
