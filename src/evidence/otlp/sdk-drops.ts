import type { UnixNanos } from '../../shared/units.ts'
import { type Emitter, emitterOf } from './emitter.ts'
import { clampNanos } from './raw-span.ts'
import type { SumPoint } from './read-metrics.ts'
import type { RecognisedNames } from './recognised.ts'

/**
 * What an SDK says of itself (semantic conventions, OpenTelemetry SDK metrics): spans its processor or exporter finished with. Those with an
 * `error.type` never left: the queue was full, or the backend refused them.
 */
const COUNTERS = new Set(['otel.sdk.processor.span.processed', 'otel.sdk.exporter.span.exported'])

export const isSpanCounter = (metric: string): boolean => COUNTERS.has(metric)

/** Spans an instance says it has lost between two of its reports, on its own clock. */
export interface SdkDrop {
  readonly emitter: Emitter
  readonly from: UnixNanos
  readonly to: UnixNanos
  readonly spans: number
}

/** Reads drops out of reports that may count from the beginning, repeat themselves or start anew. */
export interface SdkDrops {
  take(points: readonly SumPoint[]): readonly SdkDrop[]
}

interface Last {
  readonly time: bigint
  readonly value: number
}

/** Series remembered at most; the oldest is forgotten first, and its next report then counts from the instance's beginning. */
const MAX_SERIES = 10_000

export function createSdkDrops(names: RecognisedNames): SdkDrops {
  const last = new Map<string, Last>()
  return {
    take: (points) =>
      points.flatMap((point) => {
        const error = point.attributes.get('error.type')
        if (error === undefined || !Number.isFinite(point.value) || point.value <= 0) return []
        const emitter = emitterOf(point.resource, names)
        const component = String(point.attributes.get('otel.component.name') ?? '')
        const series = [emitter.instance, point.metric, component, String(error), point.start].join('|')
        const before = last.get(series)
        if (before !== undefined && before.time >= point.time) return []
        last.delete(series)
        last.set(series, { time: point.time, value: point.value })
        if (last.size > MAX_SERIES) last.delete(last.keys().next().value ?? '')
        const spans = point.cumulative ? point.value - (before?.value ?? 0) : point.value
        const from = clampNanos(before?.time ?? point.start)
        return spans > 0 ? [{ emitter, from, to: clampNanos(point.time), spans: Math.ceil(spans) }] : []
      }),
  }
}
