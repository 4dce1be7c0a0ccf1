import type { Contract } from '../../contract/contract.ts'
import type { Span } from '../../evidence/span.ts'
import { isInstrumented } from '../../journey/vouch.ts'
import type { Check } from './check.ts'

/** For each instrumented system: do the spans it left of orders carry what the contract asks for. `silent` judges a system that left none. */
export function missingAttributes(
  contract: Contract,
  spans: readonly Span[],
  silent: (system: string) => Pick<Check, 'state' | 'detail'>,
): readonly Check[] {
  return Object.entries(contract.systems)
    .filter(([system]) => isInstrumented(contract, system))
    .map(([system, { services }]): Check => {
      const what = `telemetry of ${system}`
      const own = spans.filter(({ service }) => services.includes(service))
      if (own.length === 0) return { what, ...silent(system) }
      const holes = contract.everySpanCarries.flatMap((attribute) => {
        const without = own.filter(({ attributes }) => attributes[attribute] === undefined)
        const [example] = without
        return example === undefined
          ? []
          : [`${attribute} is missing on ${without.length} of ${own.length} spans ("${example.name}")`]
      })
      return holes.length === 0
        ? { what, state: 'good', detail: `${own.length} spans carry ${contract.everySpanCarries.join(', ')}` }
        : { what, state: 'bad', detail: holes.join('; ') }
    })
}
