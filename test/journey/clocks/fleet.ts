import type { Evidence, WatchedOrder } from '../../../src/evidence/evidence.ts'
import type { Fact } from '../../../src/evidence/fact.ts'
import type { AttributeValue, SpanKind, SpanRef } from '../../../src/evidence/span.ts'
import { fromMs, type UnixNanos, unixNanos } from '../../../src/shared/units.ts'
import { createRandom } from '../../support/world.ts'

/** How one instance's clock runs. */
export interface ClockBehaviour {
  readonly offsetMs: number
  readonly driftPpm: number
  /** Set by so much at that moment of true time. */
  readonly step?: { readonly atMs: number; readonly byMs: number }
}

export interface FleetOptions {
  readonly seed: number
  readonly clocks: Readonly<Record<string, ClockBehaviour>>
  readonly forMs: number
  /** Between two light questions to one instance; null: none are asked. */
  readonly lightEveryMs: number | null
}

/** A message from one instance to another, in true time. */
export interface Message {
  readonly publish: SpanRef
  readonly deliver: SpanRef
  readonly publishedMs: number
  readonly deliveredMs: number
}

const EPOCH = 1_795_000_000_000_000_000n
export const at = (ms: number): UnixNanos => unixNanos(EPOCH + fromMs(ms))
export const ORDER: WatchedOrder = {
  key: 'SYN-1',
  flow: 'customer',
  probe: 'p',
  run: 'r',
  until: null,
  enteredAt: at(0),
  placeWithinMs: 5_000,
}

/** What a clock shows at a true time, in milliseconds. */
export const shows = ({ offsetMs, driftPpm, step }: ClockBehaviour, ms: number): number =>
  ms + offsetMs + (driftPpm * ms) / 1e6 + (step !== undefined && ms >= step.atMs ? step.byMs : 0)

/** Instances that are asked for their status and, by a light route, for their clock, and send each other messages: as clumsy as in life. */
export function createFleet({ seed, clocks, forMs, lightEveryMs }: FleetOptions) {
  const random = createRandom(seed)
  /** Mostly near the least, now and then far more: what a busy machine does to every wait. */
  const wait = (least: number): number =>
    least * (1 + random() * random()) + (random() < 0.15 ? random() * least * 20 : 0)
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  const facts: Fact[] = []
  const messages: Message[] = []

  const span = (
    instance: string,
    from: number,
    to: number,
    more: { kind: SpanKind; parent: SpanRef | null; attributes?: Record<string, AttributeValue> },
  ): SpanRef => {
    const clock = clocks[instance]
    const ref: SpanRef = { traceId: more.parent?.traceId ?? hex(32), spanId: hex(16) }
    // The SDK cuts a start to the whole millisecond and adds the measured duration to it.
    const start = clock === undefined ? at(from) : unixNanos((at(shows(clock, from)) / 1_000_000n) * 1_000_000n)
    const end = unixNanos(start + fromMs(to - from))
    facts.push({
      id: `otlp:${ref.spanId}`,
      source: 'otlp',
      kind: 'span-ended',
      batch: null,
      seenAt: at(to + 200 + random() * 50),
      keys: [],
      at: { clock: instance, earliest: end, latest: end },
      span: {
        ...ref,
        parentSpanId: more.parent?.spanId ?? null,
        parentIsRemote: more.parent === null ? null : true,
        links: [],
        kind: more.kind,
        name: more.kind,
        start,
        end,
        status: 'unset',
        statusMessage: null,
        attributes: more.attributes ?? {},
        exceptions: [],
        service: `${instance}-api`,
        instance,
        version: null,
        scope: 'test',
      },
    })
    return ref
  }

  /** The server span ends late: often after the answer has been read. */
  const ask = (instance: string, sent: number, least: number, kind: 'clock-asked' | 'status-answered'): void => {
    const poll: SpanRef = { traceId: hex(32), spanId: hex(16) }
    const start = sent + wait(0.3)
    const done = start + wait(least)
    const answered = done + wait(0.3)
    span(instance, start, done + random() * 2.2, {
      kind: 'server',
      parent: poll,
      attributes: { 'http.request.method': 'GET', 'url.path': '/' },
    })
    const common = {
      id: `poll:${poll.traceId}`,
      source: 'status-api',
      system: instance,
      poll,
      keys: [],
      seenAt: at(answered),
      at: { clock: 'monitor', earliest: at(sent), latest: at(answered) },
    } as const
    if (kind === 'clock-asked') facts.push({ ...common, kind })
    else facts.push({ ...common, kind, status: null, history: null })
  }

  const send = (from: string, to: string, publishedMs: number): void => {
    const deliveredMs = publishedMs + wait(1.5)
    const attributes = { 'messaging.system': 'rabbitmq', 'order.reference': ORDER.key }
    const publish = span(from, publishedMs, publishedMs + wait(2), { kind: 'producer', parent: null, attributes })
    const deliver = span(to, deliveredMs, deliveredMs + wait(5), { kind: 'consumer', parent: publish, attributes })
    messages.push({ publish, deliver, publishedMs, deliveredMs })
  }

  const instances = Object.keys(clocks)
  for (const instance of instances) {
    for (let ms = random() * 100; ms < forMs; ms += 120) ask(instance, ms, 3, 'status-answered')
    if (lightEveryMs === null) continue
    for (let ms = random() * 100; ms < forMs; ms += lightEveryMs) ask(instance, ms, 0.4, 'clock-asked')
  }
  for (let ms = 300; ms < forMs - 100; ms += forMs / 8) {
    for (const [i, from] of instances.entries()) {
      const to = instances[(i + 1) % instances.length]
      if (to !== undefined && to !== from) send(from, to, ms + random() * 50)
    }
  }
  const evidence: Evidence = { facts, conditions: [], coverage: [] }
  return { evidence, messages }
}
