import type { UnixNanos } from '../../shared/units.ts'
import { type DataExposed, MONITOR_CLOCK } from '../fact.ts'
import type { PlantedRegistry } from '../planted.ts'
import type { AttributeValue } from '../span.ts'
import { MalformedExport } from './malformed.ts'
import type { RawAttribute, RawSpan } from './raw-span.ts'
import type { LogRecord } from './read-logs.ts'
import type { ScannedExport } from './scanned.ts'

/** A text of telemetry, who sent it and what it is called. */
interface Told {
  readonly by: string
  readonly where: string
  readonly text: string
}

const MAX_PLACE_CHARS = 200

/**
 * What planted values an export holds: which, in what, of whom. The values themselves go no further. `bytes` is the body as it came: where it holds one in a
 * place that is not read (a nested value, a trace state), the export as a whole is named.
 */
export function exposuresIn(
  planted: PlantedRegistry,
  bytes: Buffer,
  told: Iterable<Told>,
  anyone: string,
  seenAt: UnixNanos,
): readonly DataExposed[] {
  const facts = new Map<string, DataExposed>()
  const note = (by: string, where: string, text: string) => {
    for (const { orderKey, what } of planted.find(text)) {
      const place = planted.withhold(where).slice(0, MAX_PLACE_CHARS)
      const id = `exposed:${orderKey}:${what}:${by}:${place}`
      const at = { clock: MONITOR_CLOCK, earliest: seenAt, latest: seenAt }
      const keys = [{ kind: 'reference', value: orderKey }] as const
      facts.set(id, { id, source: 'otlp', kind: 'data-exposed', at, seenAt, keys, what, by, where: place })
    }
  }
  for (const { by, where, text } of told) note(by, where, text)
  if (facts.size === 0) note(anyone, 'a nested value of an export', bytes.toString('latin1'))
  return [...facts.values()]
}

/** Every text of the spans of a request. */
export function* textsOfSpans({ spans }: ScannedExport): Generator<Told> {
  for (const { emission, position } of spans) {
    const raw = readOrNot(() => emission.read(position))
    if (raw === undefined) continue
    const by = emission.emitter.service
    yield { by, where: 'span name', text: raw.name }
    yield { by, where: `status message of span "${raw.name}"`, text: raw.statusMessage }
    for (const [name, value] of raw.attributes) {
      for (const text of textsOf(value)) yield { by, where: placeOf(name, raw.name), text }
    }
    for (const event of raw.events) {
      for (const [name, value] of event.attributes) {
        for (const text of textsOf(value)) yield { by, where: `event attribute ${name} of span "${raw.name}"`, text }
      }
    }
  }
}

/** The span with every planted value taken out of its texts. */
export function withoutPlanted(planted: PlantedRegistry, raw: RawSpan): RawSpan {
  const { withhold } = planted
  const cleanValue = (value: AttributeValue): AttributeValue => {
    if (typeof value === 'object')
      return value.map((element) => (typeof element === 'string' ? withhold(element) : element))
    return typeof value === 'string' ? withhold(value) : value
  }
  const cleanAll = (attributes: readonly RawAttribute[]): readonly RawAttribute[] =>
    attributes.map(([name, value]) => [name, cleanValue(value)])
  return {
    ...raw,
    name: withhold(raw.name),
    statusMessage: withhold(raw.statusMessage),
    attributes: cleanAll(raw.attributes),
    events: raw.events.map((event) => ({ ...event, attributes: cleanAll(event.attributes) })),
  }
}

/** Every text of log records. */
export function* textsOfLogs(records: Iterable<LogRecord>): Generator<Told> {
  for (const { service, body, attributes } of records) {
    if (body !== undefined) for (const text of textsOf(body)) yield { by: service, where: 'log record', text }
    for (const [name, value] of attributes) {
      for (const text of textsOf(value)) yield { by: service, where: `log attribute ${name}`, text }
    }
  }
}

const textsOf = (value: AttributeValue): readonly string[] => (typeof value === 'object' ? value : [value]).map(String)

/** A URL is named by its attribute alone: every request of a kind has it. */
const placeOf = (name: string, span: string): string =>
  /url|http\.target/.test(name) ? name : `span attribute ${name} of "${span}"`

function readOrNot(read: () => RawSpan): RawSpan | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedExport) return undefined
    throw error
  }
}
