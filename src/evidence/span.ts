import type { UnixNanos } from '../shared/units.ts'

export type SpanKind = 'unspecified' | 'internal' | 'server' | 'client' | 'producer' | 'consumer'
export type AttributeValue = string | number | boolean | readonly (string | number | boolean)[]

export interface SpanRef {
  readonly traceId: string
  readonly spanId: string
}

/** An exception event; the stack is left at the rim. */
export interface SpanException {
  readonly type: string
  readonly message: string
  readonly at: UnixNanos
}

/** One span as a source gave it, whatever its language and its generation of attribute names. Ids are lower-case hex. */
export interface Span extends SpanRef {
  readonly parentSpanId: string | null
  /** From the OTLP flags: the parent lives in another process. `null` when the exporter does not say. */
  readonly parentIsRemote: boolean | null
  readonly links: readonly SpanRef[]
  readonly kind: SpanKind
  readonly name: string
  /** On the emitting instance's clock. */
  readonly start: UnixNanos
  /** On the emitting instance's clock. */
  readonly end: UnixNanos
  readonly status: 'unset' | 'ok' | 'error'
  readonly statusMessage: string | null
  readonly attributes: Readonly<Record<string, AttributeValue>>
  readonly exceptions: readonly SpanException[]
  /** `service.name`. */
  readonly service: string
  /** `service.name/service.instance.id`, or the best the resource offers; names the clock of `start` and `end`. */
  readonly instance: string
  readonly version: string | null
  /** Name of the instrumentation scope. */
  readonly scope: string
}
