import type { Clock } from '../../shared/clock.ts'
import type { SpanEnded } from '../fact.ts'
import type { Key } from '../keys.ts'
import type { EvidenceSink } from '../ports.ts'
import { type Gap, widenGap } from './aged-traces.ts'
import type { ClaimedTrace } from './claims.ts'
import type { Counters } from './counts.ts'
import { createKeep, type KeepRules } from './keep.ts'
import { MalformedExport } from './malformed.ts'
import { type RawSpan, toSpan } from './raw-span.ts'
import type { Receipt, Receipts } from './receipts.ts'
import type { FoundKey } from './recognised.ts'
import type { Emission } from './scanned.ts'
import type { WaitingSpan } from './unclaimed.ts'

export interface TellerOptions {
  /** `service.name` values whose coverage is told with or without claimed spans; unset: of every service. */
  readonly services?: readonly string[]
  readonly keep: KeepRules
  readonly clock: Clock
  /** Takes out of a span what may not be kept. */
  readonly clean: (raw: RawSpan, emission: Emission) => RawSpan
}

/** Gives the sink what it is to be told, each thing once, and counts. */
export interface Teller {
  /** One span of a claimed trace; one that cannot be read in full is a hole. */
  span(waiting: WaitingSpan, trace: ClaimedTrace): void
  receipt(receipt: Receipt): void
  /** A hole in what a watched service told. */
  gap(gap: Gap): void
  isWatched(service: string): boolean
}

const MAX_SPANS_PER_TRACE = 50_000

export function createTeller(sink: EvidenceSink, receipts: Receipts, count: Counters, options: TellerOptions): Teller {
  const keep = createKeep(options.keep)
  const services = options.services === undefined ? undefined : new Set(options.services)

  const isWatched = (service: string): boolean => services === undefined || services.has(service)

  const gap = ({ emitter, from, to, spans }: Gap) => {
    if (!isWatched(emitter.service)) return
    count.told++
    sink.coverage(receipts.hole(emitter, from, to, options.clock.now(), spans))
  }

  const loss = (waiting: WaitingSpan) => {
    const gaps = new Map<string, Gap>()
    widenGap(gaps, waiting)
    for (const lost of gaps.values()) gap(lost)
  }

  const read = (waiting: WaitingSpan, trace: ClaimedTrace): SpanEnded | undefined => {
    const { emission, position } = waiting.scanned
    const raw = options.clean(emission.read(position), emission)
    if (trace.told.has(raw.spanId)) {
      count.duplicates++
      return undefined
    }
    if (trace.told.size >= MAX_SPANS_PER_TRACE) {
      count.crowdedOut++
      loss(waiting)
      return undefined
    }
    trace.told.add(raw.spanId)
    const span = toSpan(raw, emission.emitter, emission.scope, keep, options.keep)
    if (span.start !== raw.start || span.end !== raw.end) count.adjusted++
    return {
      kind: 'span-ended',
      id: `otlp:${span.traceId}:${span.spanId}`,
      source: 'otlp',
      at: { clock: span.instance, earliest: span.end, latest: span.end },
      seenAt: waiting.receipt.coverage.seenAt,
      keys: keysOf(waiting),
      span,
      batch: waiting.receipt.coverage.id,
    }
  }

  return {
    span: (waiting, trace) => {
      try {
        const fact = read(waiting, trace)
        if (fact === undefined) return
        count.told++
        sink.fact(fact)
      } catch (error) {
        if (!(error instanceof MalformedExport)) throw error
        count.rejected++
        loss(waiting)
      }
    },
    receipt: (receipt) => {
      if (receipt.told) return
      receipt.told = true
      count.told++
      sink.coverage(receipt.coverage)
    },
    gap,
    isWatched,
  }
}

function keysOf({ scanned }: WaitingSpan): Key[] {
  const keys = new Map<string, Key>()
  const add = ({ kind, value, text }: FoundKey) => keys.set(text, { kind, value })
  keys.set('', { kind: 'trace', value: scanned.traceId })
  scanned.keys.forEach(add)
  scanned.emission.emitter.keys.forEach(add)
  return [...keys.values()]
}
