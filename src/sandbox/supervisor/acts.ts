import type { ActGround } from './act-ground.ts'
import { createBrokerActs } from './broker-acts.ts'
import { carrierSaysNothing } from './carrier-act.ts'
import { changedByHand, deletedInMes, shopLockedOut } from './database-acts.ts'
import { createInventedActs } from './invented-acts.ts'
import { createMesDatabaseActs } from './mes-database-acts.ts'
import type { Acts } from './switches.ts'

/** The faults that are done to a part from outside. */
export function createActs(ground: ActGround): Acts {
  const { service, broker, databases, tell } = ground
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
    ...createInventedActs(ground),
  }
}
