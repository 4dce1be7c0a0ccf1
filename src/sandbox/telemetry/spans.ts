import {
  type Attributes,
  type Context,
  context,
  type Link,
  type Span,
  type SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import type { OrderStatus } from '../order/status.ts'

const tracer = trace.getTracer('order-system')

/** Marks a span failed the way the conventions want it: status, `error.type` and an exception event. */
export function recordFailure(span: Span | undefined, thrown: unknown): void {
  if (span === undefined) return
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  span.recordException(error)
  span.setAttribute('error.type', error.name)
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
}

interface SpanOptions {
  readonly attributes?: Attributes
  readonly kind?: SpanKind
  readonly links?: Link[]
  /** Parent; the active context when left out. */
  readonly base?: Context
}

/** Runs `work` inside a span made by hand; a throw marks the span failed and goes on. */
export async function inSpan<T>(name: string, options: SpanOptions, work: (span: Span) => Promise<T>): Promise<T> {
  const { base = context.active(), ...rest } = options
  const span = tracer.startSpan(name, rest, base)
  try {
    return await context.with(trace.setSpan(base, span), () => work(span))
  } catch (error) {
    recordFailure(span, error)
    throw error
  } finally {
    span.end()
  }
}

/**
 * The span of a status being set in this system's own view; wraps exactly the statement that commits it.
 * `commit` answers undefined when the row was not changed: the span then does not claim the status.
 */
export function settingStatus<T>(
  status: OrderStatus,
  commit: () => Promise<T | undefined>,
  attributes: Attributes = {},
): Promise<T | undefined> {
  const claim = { ...attributes, 'event.name': 'order.status.changed', 'order.status': status }
  return inSpan(`order.status ${status}`, { attributes: claim }, async (span) => {
    const row = await commit()
    if (row === undefined) {
      span.updateName('order.status unchanged')
      span.setAttribute('event.name', 'order.status.unchanged')
    }
    return row
  })
}
