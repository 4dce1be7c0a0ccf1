import type { Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'

/** The contract as far as this monitor can watch it: where no telemetry is received, no system is waited for to tell any, nor missed when it does not. */
export function asWatched(contract: Contract, { otlp }: Pick<Settings, 'otlp'>): Contract {
  if (otlp !== null) return contract
  const systems = Object.entries(contract.systems).map(([name, spec]) => [name, { ...spec, instrumented: false }])
  return { ...contract, systems: Object.fromEntries(systems) }
}
