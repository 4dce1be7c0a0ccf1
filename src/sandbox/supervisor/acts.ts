import { createBrokerActs } from './broker-acts.ts'
import { carrierSaysNothing } from './carrier-act.ts'
import type { CellBroker } from './cell-broker.ts'
import { changedByHand, deletedInMes, shopLockedOut } from './database-acts.ts'
import type { Databases } from './databases.ts'
import { createMesDatabaseActs } from './mes-database-acts.ts'
import type { ServiceProcess, ServiceSpec } from './service-process.ts'
import type { Acts } from './switches.ts'
import type { TellPart } from './tell-part.ts'

/** What the acts of one cell lay hands on. */
export interface ActGround {
  service(name: ServiceSpec['name']): ServiceProcess | undefined
  readonly broker: Promise<CellBroker>
  readonly databases: Promise<Databases>
  readonly tell: TellPart
}

/** The faults that are done to a part from outside. */
export function createActs({ service, broker, databases, tell }: ActGround): Acts {
  return {
    'mes-down': {
      on: async () => service('mes-api')?.kill(),
      off: async () => service('mes-api')?.revive(),
    },
    'mes-not-instrumented': {
      on: async () => service('mes-api')?.restart({ OTEL_SDK_DISABLED: 'true' }),
      off: async () => service('mes-api')?.restart({}),
    },
    ...createMesDatabaseActs(databases),
    ...createBrokerActs(broker, tell),
    'shop-db-locked': shopLockedOut(databases),
    'order-deleted-in-mes': deletedInMes(databases),
    'order-changed-by-hand': changedByHand(databases),
    'carrier-says-nothing': carrierSaysNothing(databases, tell),
  }
}
