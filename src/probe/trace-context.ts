import { randomBytes } from 'node:crypto'
import type { SpanRef } from '../evidence/span.ts'

/** A span in a trace of its own, as a person's act begins one. */
export function newTrace(): SpanRef {
  return { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') }
}

/** Another span of the same trace. */
export function newSpan(traceId: string): SpanRef {
  return { traceId, spanId: randomBytes(8).toString('hex') }
}

/** W3C `traceparent` with the sampled flag, so that no sampler downstream drops a test order. */
export const traceparent = (span: SpanRef): string => `00-${span.traceId}-${span.spanId}-01`

/** W3C `baggage`, values percent-encoded. */
export const baggage = (entries: Readonly<Record<string, string>>): string =>
  Object.entries(entries)
    .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
    .join(',')
