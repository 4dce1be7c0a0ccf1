import type { Attributes, Context } from '@opentelemetry/api'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { extraOf, orderAttributes, rememberScope, scopeOf, scopeOfSpan } from './order-scope.ts'

/**
 * Stamps the order's attributes onto every span started while an order is being worked on, so that automatic spans (HTTP, PostgreSQL, AMQP, S3)
 * say which order they belong to. What a span says itself is never overwritten; what becomes known while it is open is filled in at its end.
 */
export function createOrderStamp(component: string): SpanProcessor {
  const stamp = (span: Span, attributes: Attributes) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (span.attributes[name] === undefined && value !== undefined) span.setAttribute(name, value)
    }
  }
  return {
    onStart(span: Span, parent: Context) {
      stamp(span, { component, ...extraOf(parent) })
      const scope = scopeOf(parent)
      if (scope === undefined) return
      rememberScope(span, scope)
      stamp(span, orderAttributes(scope))
    },
    onEnding(span: Span) {
      const scope = scopeOfSpan(span)
      if (scope !== undefined) stamp(span, orderAttributes(scope))
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}
