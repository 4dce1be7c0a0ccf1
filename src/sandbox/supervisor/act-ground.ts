import type { CellBroker } from './cell-broker.ts'
import type { Databases } from './databases.ts'
import type { ServiceProcess, ServiceSpec } from './service-process.ts'
import type { TellPart } from './tell-part.ts'

/** What the acts of one cell lay hands on. */
export interface ActGround {
  service(name: ServiceSpec['name']): ServiceProcess | undefined
  readonly broker: Promise<CellBroker>
  readonly databases: Promise<Databases>
  readonly tell: TellPart
}
