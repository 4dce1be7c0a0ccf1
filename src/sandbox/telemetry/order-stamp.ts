import type { Context } from '@opentelemetry/api'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { extraOf, orderAttributes, rememberScope, scopeOf, scopeOfSpan } from './order-scope.ts'

/**
 * Stamps the order's attributes onto every span started while an order is being worked on, so that automatic spans (HTTP, PostgreSQL, AMQP, S3)
 * say which order they belong to. What becomes known while a span is open is filled in at its end, never overwritten.
 */
export function createOrderStamp(component: string): SpanProcessor {
  return {
    onStart(span: Span, parent: Context) {
      span.setAttribute('component', component)
      const scope = scopeOf(parent)
      if (scope !== undefined) {
        rememberScope(span, scope)
        span.setAttributes(orderAttributes(scope))
      }
      const extra = extraOf(parent)
      if (extra !== undefined) span.setAttributes(extra)
    },
    onEnding(span: Span) {
      const scope = scopeOfSpan(span)
      if (scope === undefined) return
      for (const [name, value] of Object.entries(orderAttributes(scope))) {
        if (span.attributes[name] === undefined && value !== undefined) span.setAttribute(name, value)
      }
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}
