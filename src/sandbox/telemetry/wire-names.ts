import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import { names } from '../names/names.ts'

/** Attributes whose values are our own words; what libraries wrote down came from the wire. */
const OWN_WORDS: ReadonlySet<string> = new Set([
  'order.status',
  'event.name',
  'enduser.id',
  'error.type',
  'exception.type',
  'exception.message',
  'exception.stacktrace',
])

const sayAttributes = (attributes: Attributes): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      names.attribute.say(name),
      typeof value === 'string' && OWN_WORDS.has(name) ? names.talk.say(value) : value,
    ]),
  )

/** The same span in the names of the wire. */
function saySpan(span: ReadableSpan): ReadableSpan {
  const { name, attributes, events, status } = span
  const said: Pick<ReadableSpan, 'name' | 'attributes' | 'events' | 'status'> = {
    name: names.talk.say(name),
    attributes: sayAttributes(attributes),
    events: events.map((event) =>
      event.attributes === undefined ? event : { ...event, attributes: sayAttributes(event.attributes) },
    ),
    status: status.message === undefined ? status : { ...status, message: names.talk.say(status.message) },
  }
  return new Proxy(span, {
    get: (of, property) => Reflect.get(property in said ? said : of, property),
  })
}

/** Before the exporter, behind all that looks at spans. */
export function sayingNames(exporter: SpanExporter): SpanExporter {
  if (!names.disguised) return exporter
  return {
    export: (spans, done) => exporter.export(spans.map(saySpan), done),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  }
}
