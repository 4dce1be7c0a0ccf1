import { SpanStatusCode } from '@opentelemetry/api'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace'

/** Gives failed automatic spans the `error.type` their instrumentation leaves out: the type of the recorded exception, else the conventions' `_OTHER`. */
export function createErrorType(): SpanProcessor {
  return {
    onStart() {},
    onEnding(span: Span) {
      if (span.status.code !== SpanStatusCode.ERROR || span.attributes['error.type'] !== undefined) return
      const exception = span.events.find((event) => event.name === 'exception')
      span.setAttribute('error.type', exception?.attributes?.['exception.type'] ?? '_OTHER')
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}
