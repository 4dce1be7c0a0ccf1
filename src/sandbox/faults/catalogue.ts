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

export const FAULTS = [
  {
    name: 'shop-create-fails',
    title: 'Shop answers 500 on create',
    scopes: ['order'],
    parts: ['shop-api'],
    changes: 'Creating the order throws before anything is written; the customer gets a 500.',
  },
  {
    name: 'shop-forgets',
    title: 'Shop says created, writes nothing',
    scopes: ['order'],
    parts: ['shop-api'],
    changes: 'Creating the order answers 201 with an id, but no row is written.',
  },
  {
    name: 'crm-takes-without-publishing',
    title: 'CRM takes the row and does not publish',
    scopes: ['order'],
    parts: ['crm-api'],
    changes: 'CRM marks the row taken and announced, and the message to manufacturing is never sent.',
  },
  {
    name: 'context-not-extracted',
    title: 'MES does not read the trace context of new orders',
    scopes: ['order'],
    parts: ['mes-api'],
    changes:
      'The consumer of new orders starts a trace of its own, without parent and without link; the order goes on.',
  },
  {
    name: 'price-throws',
    title: 'The price calculation throws',
    scopes: ['order'],
    parts: ['mes-api'],
    changes: 'Every attempt to price the model fails with an exception, and the order keeps its error.',
  },
  {
    name: 'price-not-stored',
    title: 'The price is worked out and never stored',
    scopes: ['order'],
    parts: ['mes-api'],
    changes: 'The calculation ends well; the row is never updated and nothing is published.',
  },
  {
    name: 'mes-down',
    title: 'MES is down',
    scopes: ['process'],
    parts: ['mes-api'],
    changes: 'The MES process is killed and stays away until the fault is cleared.',
  },
] as const satisfies readonly Fault[]

export type FaultName = (typeof FAULTS)[number]['name']

const known: ReadonlyMap<string, Fault & { readonly name: FaultName }> = new Map(
  FAULTS.map((fault) => [fault.name, fault]),
)

export const findFault = (name: string): (Fault & { readonly name: FaultName }) | undefined => known.get(name)
