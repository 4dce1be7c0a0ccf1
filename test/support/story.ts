import type { Coverage } from '../../src/evidence/coverage.ts'
import type { Evidence, WatchedOrder } from '../../src/evidence/evidence.ts'
import type { Fact, SpanEnded } from '../../src/evidence/fact.ts'
import type { AttributeValue, SpanKind, SpanRef } from '../../src/evidence/span.ts'
import { fromMs, type UnixNanos, unixNanos } from '../../src/shared/units.ts'

/** A day in 2026, so that numbers have the size they have in life. */
const EPOCH = 1_795_000_000_000_000_000n

/** A moment of the story, in milliseconds since the order was entered. */
export const moment = (ms: number): UnixNanos => unixNanos(EPOCH + fromMs(ms))

export interface SpanTold {
  readonly service: string
  /** Default `1`. */
  readonly instance?: string
  readonly name: string
  readonly kind?: SpanKind
  readonly from: number
  readonly to: number
  readonly parent?: SpanRef
  readonly remote?: boolean
  readonly links?: readonly SpanRef[]
  readonly attributes?: Readonly<Record<string, AttributeValue>>
  readonly error?: string
  /** Name of the span itself, where others refer to it before it is told. */
  readonly ref?: SpanRef
}

export interface StoryOptions {
  readonly flow: string
  readonly orderId?: string
  readonly until?: string | null
  /** How long an exporter collects spans before it sends them. */
  readonly batchMs?: number
  /** How long an export takes on its way, for each service. */
  readonly delayMs?: (service: string, ms: number) => number
  /** What the clock of an instance shows more than the true time, at a true moment. */
  readonly clock?: (instance: string, ms: number) => number
}

/** What happened to one order in a system of any shape, told span by span and answer by answer; and what of it is known when. */
export interface Story {
  readonly order: WatchedOrder
  ref(traceId?: string): SpanRef
  span(told: SpanTold): SpanRef
  placed(ms: number): void
  request(by: string, system: string, route: string, from: number, to: number, status: number): SpanRef
  ended(ms: number, outcome: 'played' | 'order-stopped' | 'broke' | 'killed'): void
  answer(system: string, ms: number, status: string | null, history?: readonly string[] | null): void
  /** Asks a system all the time; each answer leaves a span at one of the service's instances. */
  ask(
    system: string,
    asked: {
      from: number
      to: number
      everyMs?: number
      service?: string
      instances?: readonly string[]
      says: (ms: number) => string | null
    },
  ): void
  fact(fact: Fact): void
  known(ms: number): { evidence: Evidence; now: UnixNanos }
}

interface Draft {
  readonly fact: Omit<SpanEnded, 'seenAt' | 'batch'>
  readonly trueEnd: number
}

/** Begins a story; spans are exported in batches by instance, in the order they ended. */
export function tellStory(options: StoryOptions): Story {
  const orderId = options.orderId ?? '1001'
  const drafts: Draft[] = []
  const facts: Fact[] = []
  let names = 0
  const hex = (length: number): string => (++names).toString(16).padStart(length, '0')
  const show = (instance: string, ms: number): UnixNanos => moment(ms + (options.clock?.(instance, ms) ?? 0))
  const on = (from: number, to: number) => ({ clock: 'monitor', earliest: moment(from), latest: moment(to) })
  const keys = [{ kind: 'order', value: orderId }] as const

  const story: Story = {
    order: {
      key: 'SYN-1',
      flow: options.flow,
      probe: 'probe',
      run: 'run-1',
      until: options.until ?? null,
      enteredAt: moment(0),
      placeWithinMs: 5_000,
    },
    ref: (traceId = hex(32)) => ({ traceId, spanId: hex(16) }),
    span(told) {
      const ref = told.ref ?? story.ref(told.parent?.traceId)
      const instance = `${told.service}/${told.instance ?? '1'}`
      const end = show(instance, told.to)
      drafts.push({
        trueEnd: told.to,
        fact: {
          id: `otlp:${ref.traceId}:${ref.spanId}`,
          source: 'otlp',
          kind: 'span-ended',
          keys: [{ kind: 'trace', value: ref.traceId }],
          at: { clock: instance, earliest: end, latest: end },
          span: {
            ...ref,
            parentSpanId: told.parent?.spanId ?? null,
            parentIsRemote: told.parent === undefined ? null : (told.remote ?? false),
            links: told.links ?? [],
            kind: told.kind ?? 'internal',
            name: told.name,
            start: show(instance, told.from),
            end,
            status: told.error === undefined ? 'unset' : 'error',
            statusMessage: told.error ?? null,
            attributes: told.attributes ?? { 'order.id': orderId },
            exceptions: told.error === undefined ? [] : [{ type: 'Error', message: told.error, at: end }],
            service: told.service,
            instance,
            version: null,
            scope: 'story',
          },
        },
      })
      return ref
    },
    placed: (ms) =>
      void facts.push({
        id: `placed:${ms}`,
        source: 'probe',
        kind: 'order-placed',
        orderId,
        at: on(ms, ms),
        seenAt: moment(ms),
        keys,
      }),
    request(by, system, route, from, to, status) {
      const span = story.ref()
      const [method = '', path = ''] = route.split(' ')
      facts.push({
        id: `request:${span.spanId}`,
        source: 'probe',
        kind: 'request-made',
        by,
        system,
        method,
        path,
        span,
        httpStatus: status === 0 ? null : status,
        failure: status === 0 ? 'refused' : null,
        at: on(from, to),
        seenAt: moment(to),
        keys,
      })
      return span
    },
    ended: (ms, outcome) =>
      void facts.push({
        id: `ended:${ms}`,
        source: 'probe',
        kind: 'probe-ended',
        outcome,
        detail: null,
        at: on(ms, ms),
        seenAt: moment(ms),
        keys: [],
      }),
    answer: (system, ms, status, history = null) =>
      void facts.push({
        id: `answer:${system}:${ms}`,
        source: 'status-api',
        kind: 'status-answered',
        system,
        status,
        history,
        poll: null,
        at: on(ms, ms + 1),
        seenAt: moment(ms + 1),
        keys,
      }),
    ask(system, { from, to, everyMs = 500, service, instances = ['1'], says }) {
      for (let ms = from, i = 0; ms < to; ms += everyMs, i++) {
        const poll = story.ref()
        const status = says(ms + 1)
        facts.push({
          id: `poll:${system}:${ms}`,
          source: 'status-api',
          kind: 'status-answered',
          system,
          status,
          history: null,
          poll,
          at: on(ms, ms + 3),
          seenAt: moment(ms + 3),
          keys,
        })
        const instance = instances[i % instances.length]
        if (service === undefined || instance === undefined) continue
        const attributes = { 'http.request.method': 'GET', 'url.path': '/status' }
        story.span({
          service,
          instance,
          name: 'GET',
          kind: 'server',
          from: ms + 1,
          to: ms + 2,
          parent: poll,
          remote: true,
          attributes,
        })
      }
    },
    fact: (fact) => void facts.push(fact),
    known(ms) {
      const exported = exportAll(drafts, options)
      const now = moment(ms)
      const isKnown = ({ seenAt }: { seenAt: UnixNanos }): boolean => seenAt <= now
      return {
        now,
        evidence: {
          facts: [...facts, ...exported.facts].filter(isKnown),
          conditions: [],
          coverage: exported.coverage.filter(isKnown),
        },
      }
    },
  }
  return story
}

function exportAll(drafts: readonly Draft[], { batchMs = 200, delayMs = () => 2 }: StoryOptions) {
  const facts: Fact[] = []
  const coverage: Coverage[] = []
  for (const [instance, all] of Map.groupBy(drafts, ({ fact }) => fact.span.instance)) {
    const own = all.toSorted((a, b) => a.trueEnd - b.trueEnd)
    for (let i = 0; i < own.length; ) {
      const flush = (own[i]?.trueEnd ?? 0) + batchMs
      const batch: Draft[] = []
      for (let next = own[i]; next !== undefined && next.trueEnd <= flush; next = own[++i]) batch.push(next)
      const service = batch[0]?.fact.span.service ?? ''
      const seenAt = moment(flush + delayMs(service, flush))
      const id = `otlp:${instance}:${coverage.length}`
      facts.push(...batch.map(({ fact }): Fact => ({ ...fact, batch: id, seenAt })))
      const ends = batch.map(({ fact }) => fact.span.end).sort((a, b) => (a < b ? -1 : 1))
      coverage.push({
        id,
        source: 'otlp',
        service,
        instance,
        seenAt,
        spans: batch.length,
        dropped: 0,
        from: ends[0] ?? moment(0),
        to: ends.at(-1) ?? moment(0),
      })
    }
  }
  return { facts, coverage }
}
