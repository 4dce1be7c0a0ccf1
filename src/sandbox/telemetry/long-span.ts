import { type Span, SpanKind, TraceFlags, trace } from '@opentelemetry/api'

/** A span that is begun when it is first asked for and goes on until it is ended. */
export interface LongSpan {
  /** Its place in the form of the header. */
  traceparent(): string
  end(): void
}

/** A span named `name`, in a trace of its own. */
export function createLongSpan(name: string): LongSpan {
  let span: Span | undefined
  return {
    traceparent() {
      span ??= trace.getTracer('order-system').startSpan(name, { kind: SpanKind.CONSUMER, root: true })
      const { traceId, spanId, traceFlags } = span.spanContext()
      return `00-${traceId}-${spanId}-${traceFlags === TraceFlags.SAMPLED ? '01' : '00'}`
    },
    end() {
      span?.end()
      span = undefined
    },
  }
}
