import type { Contract } from '../contract/contract.ts'
import type { WatchedOrder } from '../evidence/evidence.ts'
import type { Fact } from '../evidence/fact.ts'
import { selectOwnSpans } from '../evidence/own-spans.ts'
import type { Check } from './check.ts'

/** For each instrumented system of the order's flow: do the spans it left of the order carry what the contract asks for. */
export function missingAttributes(contract: Contract, order: WatchedOrder, facts: readonly Fact[]): readonly Check[] {
  const { own } = selectOwnSpans(contract.recognise, order, facts)
  return Object.entries(contract.systems)
    .filter(([, system]) => system.services.length > 0 && system.instrumented !== false)
    .map(([name, system]): Check => {
      const what = `telemetry of ${name}`
      const spans = own.filter(({ span }) => system.services.includes(span.service)).map(({ span }) => span)
      if (spans.length === 0) return { what, state: 'bad', detail: 'left no span of the order' }
      const holes = contract.everySpanCarries.flatMap((attribute) => {
        const without = spans.filter((span) => span.attributes[attribute] === undefined)
        const [example] = without
        return example === undefined
          ? []
          : [`${attribute} is missing on ${without.length} of ${spans.length} spans (${example.name})`]
      })
      return holes.length === 0
        ? { what, state: 'good', detail: `${spans.length} spans carry ${contract.everySpanCarries.join(', ')}` }
        : { what, state: 'bad', detail: holes.join('; ') }
    })
}
