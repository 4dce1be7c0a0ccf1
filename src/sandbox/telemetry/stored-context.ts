import { type Context, context, type Link, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api'

/** Trace context as a row keeps it between two processes that share only a table. */
export interface StoredContext {
  readonly traceparent: string | null
  readonly baggage: string | null
}

/** The active trace context in the form of a row's columns. */
export function storeContext(): StoredContext {
  const carrier: Record<string, string> = {}
  propagation.inject(context.active(), carrier)
  return { traceparent: carrier.traceparent ?? null, baggage: carrier.baggage ?? null }
}

/** A fresh root that keeps only the row's baggage, and a link to the row's trace where there is one. */
export function resumeFrom(stored: StoredContext): { readonly base: Context; readonly links: Link[] } {
  const carrier = { traceparent: stored.traceparent ?? '', baggage: stored.baggage ?? '' }
  const found = propagation.extract(ROOT_CONTEXT, carrier)
  const baggage = propagation.getBaggage(found)
  const spanContext = trace.getSpanContext(found)
  return {
    base: baggage === undefined ? ROOT_CONTEXT : propagation.setBaggage(ROOT_CONTEXT, baggage),
    links: spanContext === undefined ? [] : [{ context: spanContext }],
  }
}
