import type { ServiceProcess, ServiceSpec } from './service-process.ts'
import type { Acts } from './switches.ts'

/** What the acts of one cell lay hands on. */
export interface ActGround {
  service(name: ServiceSpec['name']): ServiceProcess | undefined
}

/** The faults that are done to a part from outside. */
export function createActs({ service }: ActGround): Acts {
  return {
    'mes-down': {
      on: async () => service('mes-api')?.kill(),
      off: async () => service('mes-api')?.revive(),
    },
  }
}
