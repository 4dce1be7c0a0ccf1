import type { HrTime, SpanKind } from '@opentelemetry/api'
import type { SpanRef } from '../evidence/span.ts'
import type { UnixNanos } from '../shared/units.ts'
import type { ProbeSettings } from './control-protocol.ts'

/** The name under which the probe's own spans appear in a trace backend. */
const PROBE_SERVICE = 'waybill-probe'

/** A span of the probe whose ids were already sent along with a request. */
export interface ToldSpan {
  readonly ref: SpanRef
  /** Null: the root of its trace. */
  readonly parentSpanId: string | null
  readonly kind: 'client' | 'internal'
  readonly name: string
  readonly start: UnixNanos
  readonly end: UnixNanos
  /** Null: no error. */
  readonly error: string | null
  readonly attributes: Readonly<Record<string, string | number>>
}

/** Sends the probe's own spans to the trace backend, so that no trace of a system is orphaned. */
export interface SpanTeller {
  tell(span: ToldSpan): void
  /** Sends what is held now; resolves when sent or given up. Never rejects. */
  flush(): Promise<void>
  stop(): Promise<void>
}

const FLUSH_LIMIT_MS = 2_000

const silent: SpanTeller = { tell: () => {}, flush: async () => {}, stop: async () => {} }

/**
 * Tells spans by the OpenTelemetry SDK and its OTLP exporter. The SDK is loaded when the first span is told, beside the
 * story: loading it first would delay the placing of every order by a tenth of a second.
 */
export function createSpanTeller(otlp: ProbeSettings['otlp'], instance: string, service = PROBE_SERVICE): SpanTeller {
  if (otlp === null) return silent
  let exporter: ReturnType<typeof loadExporter> | undefined
  const loaded = () => (exporter ??= loadExporter(otlp, instance, service))
  const settle = async (work: (held: Awaited<ReturnType<typeof loadExporter>>) => Promise<void>) => {
    if (exporter === undefined) return
    await exporter.then(work).catch(() => undefined)
  }

  return {
    tell: (span) =>
      void loaded()
        .then((held) => held.tell(span))
        .catch(() => undefined),
    flush: () => settle((held) => held.flush()),
    stop: () => settle((held) => held.stop()),
  }
}

async function loadExporter(otlp: NonNullable<ProbeSettings['otlp']>, instance: string, service: string) {
  const [api, sdk, { OTLPTraceExporter }, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
    import('@opentelemetry/resources'),
  ])
  // The ids went out with the request before the SDK heard of the span, so the SDK must use them.
  let ids: SpanRef = { traceId: '', spanId: '' }
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance }),
    sampler: new sdk.AlwaysOnSampler(),
    idGenerator: { generateTraceId: () => ids.traceId, generateSpanId: () => ids.spanId },
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: new OTLPTraceExporter({ url: otlp.url, headers: otlp.headers, timeoutMillis: FLUSH_LIMIT_MS }),
        scheduledDelayMillis: 200,
        exportTimeoutMillis: FLUSH_LIMIT_MS,
      }),
    ],
  })
  const tracer = provider.getTracer(service)
  const kinds: Record<ToldSpan['kind'], SpanKind> = { client: api.SpanKind.CLIENT, internal: api.SpanKind.INTERNAL }

  return {
    tell: (told: ToldSpan) => {
      ids = told.ref
      const parent =
        told.parentSpanId === null
          ? api.ROOT_CONTEXT
          : api.trace.setSpanContext(api.ROOT_CONTEXT, {
              traceId: told.ref.traceId,
              spanId: told.parentSpanId,
              traceFlags: api.TraceFlags.SAMPLED,
            })
      const options = { kind: kinds[told.kind], startTime: hrTime(told.start), attributes: { ...told.attributes } }
      const span = tracer.startSpan(told.name, options, parent)
      if (told.error !== null) span.setStatus({ code: api.SpanStatusCode.ERROR, message: told.error })
      span.end(hrTime(told.end))
    },
    flush: () => provider.forceFlush({ timeoutMillis: FLUSH_LIMIT_MS }),
    stop: () => provider.shutdown(),
  }
}

const NANOS_PER_SECOND = 1_000_000_000n

const hrTime = (at: UnixNanos): HrTime => [Number(at / NANOS_PER_SECOND), Number(at % NANOS_PER_SECOND)]
