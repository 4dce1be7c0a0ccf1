import type { Fault } from './fault.ts'
import { INVENTED_FAULTS } from './invented.ts'
import { MANUFACTURING_FAULTS } from './manufacturing.ts'
import { MESSAGING_FAULTS } from './messaging.ts'
import { OBSERVING_FAULTS } from './observing.ts'
import { PLACING_FAULTS } from './placing.ts'
import { SELLING_FAULTS } from './selling.ts'

export const FAULTS = [
  ...PLACING_FAULTS,
  ...SELLING_FAULTS,
  ...MANUFACTURING_FAULTS,
  ...MESSAGING_FAULTS,
  ...OBSERVING_FAULTS,
  ...INVENTED_FAULTS,
] as const satisfies readonly Fault[]

export type FaultName = (typeof FAULTS)[number]['name']

const known: ReadonlyMap<string, Fault & { readonly name: FaultName }> = new Map(
  FAULTS.map((fault) => [fault.name, fault]),
)

export const findFault = (name: string): (Fault & { readonly name: FaultName }) | undefined => known.get(name)
