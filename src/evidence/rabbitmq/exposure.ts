import type { ConsumeMessage } from 'amqplib'
import type { UnixNanos } from '../../shared/units.ts'
import { type DataExposed, MONITOR_CLOCK } from '../fact.ts'
import type { PlantedRegistry } from '../planted.ts'
import { tableOf, textOf, textsOf } from './header-values.ts'

const MAX_PLACE_CHARS = 200
const MAX_DEPTH = 4

/**
 * What planted values the headers and properties of a published message hold: which, in what, of whom. Its body is the business's own and is not looked at; the
 * values themselves go no further.
 */
export function exposuresIn(
  { properties }: Pick<ConsumeMessage, 'properties'>,
  planted: PlantedRegistry,
  now: () => UnixNanos,
): readonly DataExposed[] {
  const trace = tableOf(properties.headers)
  const message = tableOf(trace.properties)
  let told: readonly (readonly [string, string])[] | undefined
  const texts = () => (told ??= [...textsIn(message, MAX_DEPTH)])
  // Nothing is read as long as nothing is planted.
  if (!planted.mayHold({ includes: (value) => texts().some(([, text]) => text.includes(value)) })) return []
  const [routingKey = ''] = textsOf(trace.routing_keys)
  const by = textOf(message.app_id) ?? `whoever publishes to ${textOf(trace.exchange_name) ?? 'the default exchange'}`
  const seenAt = now()
  const facts = new Map<string, DataExposed>()
  for (const [name, text] of texts()) {
    for (const { orderKey, what } of planted.find(text)) {
      const where = planted.withhold(`${placeOf(name)} of ${routingKey}`).slice(0, MAX_PLACE_CHARS)
      const id = `exposed:${orderKey}:${what}:${by}:${where}`
      const at = { clock: MONITOR_CLOCK, earliest: seenAt, latest: seenAt }
      const keys = [{ kind: 'reference', value: orderKey }] as const
      facts.set(id, { id, source: 'rabbitmq', kind: 'data-exposed', at, seenAt, keys, what, by, where })
    }
  }
  return [...facts.values()]
}

/** Every text in a table, with the names that lead to it. */
function* textsIn(table: Readonly<Record<string, unknown>>, depth: number): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(table)) {
    const text = Buffer.isBuffer(value) ? value.toString('utf8') : value
    if (typeof text === 'string' || typeof text === 'number') yield [name, String(text)]
    else if (depth > 0 && typeof text === 'object' && text !== null) {
      for (const [inner, found] of textsIn(Object.fromEntries(Object.entries(text)), depth - 1)) {
        yield [`${name}.${inner}`, found]
      }
    }
  }
}

const placeOf = (name: string): string =>
  name.startsWith('headers.') ? `message header ${name.slice('headers.'.length)}` : `message property ${name}`
