import { type Attributes, SpanStatusCode } from '@opentelemetry/api'
import type { Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { FaultName } from '../faults/catalogue.ts'
import type { OrderNames } from '../faults/switchboard.ts'
import { scopeOfSpan } from './order-scope.ts'
import { isAnySwitched, isSwitched, namesIn } from './switched.ts'

/** Attributes a team may have forgotten. */
const FORGOTTEN: readonly (readonly [FaultName, string])[] = [
  ['mes-lacks-order-id', 'order.id'],
  ['mes-lacks-status', 'order.status'],
  ['mes-lacks-user', 'enduser.id'],
  ['mes-lacks-component', 'component'],
  ['mes-lacks-event', 'event.name'],
  ['mes-lacks-error-type', 'error.type'],
  ['mes-lacks-file-size', 'file.size'],
  ['mes-lacks-file-type', 'file.type'],
  ['mes-lacks-response-code', 'http.response.status_code'],
]

/** Takes from a span, as it ends, what is switched to be lacking. Must come after whoever fills in attributes at the end. */
export function createLeftOut(): SpanProcessor {
  return {
    onStart() {},
    onEnding(span: Span) {
      if (isAnySwitched()) leaveOut(span)
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

function leaveOut(span: Span): void {
  const order = orderOfSpan(span)
  for (const [fault, name] of FORGOTTEN) if (isSwitched(fault, order)) Reflect.deleteProperty(span.attributes, name)
  if (isSwitched('mes-lacks-error-type', order))
    for (const { attributes } of span.events)
      if (attributes !== undefined) Reflect.deleteProperty(attributes, 'exception.type')
  if (span.status.code === SpanStatusCode.ERROR && isSwitched('mes-lacks-error-details', order)) {
    Reflect.set(span, 'status', { code: SpanStatusCode.ERROR })
    const kept = span.events.filter(({ name }) => name !== 'exception')
    span.events.splice(0, span.events.length, ...kept)
  }
}

/** The order a span belongs to, even where the span itself does not say so. */
export function orderOfSpan(span: { readonly attributes: Attributes }): OrderNames {
  const facts = scopeOfSpan(span)?.facts
  return facts?.orderId === undefined
    ? namesIn(span.attributes)
    : { orderId: facts.orderId, reference: facts.reference }
}
