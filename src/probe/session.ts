import type { At, Fact } from '../evidence/fact.ts'
import { MONITOR_CLOCK } from '../evidence/fact.ts'
import type { Key } from '../evidence/keys.ts'
import type { SpanRef } from '../evidence/span.ts'
import type { Clock } from '../shared/clock.ts'
import type { UnixNanos } from '../shared/units.ts'
import type { ControlClient } from './control-client.ts'
import type { OrderGrant, ProbeSettings } from './control-protocol.ts'
import type { FactSender } from './fact-sender.ts'
import type { SpanTeller } from './span-teller.ts'
import { baggage, traceparent } from './trace-context.ts'

/** What one run of a probe has in its hands: its one order, its settings, and those it tells. */
export interface Session {
  readonly settings: ProbeSettings
  readonly grant: OrderGrant
  readonly control: ControlClient
  readonly facts: FactSender
  readonly spans: SpanTeller
  readonly clock: Clock
  /** Null until the order is placed. */
  orderId: string | null
}

/** The names the order is known by so far, and the trace of the act, if it had one. */
function keysOf(session: Session, traceId: string | null): readonly Key[] {
  const keys: Key[] = [{ kind: 'reference', value: session.grant.externalReference }]
  if (session.orderId !== null) keys.push({ kind: 'order', value: session.orderId })
  if (traceId !== null) keys.push({ kind: 'trace', value: traceId })
  return keys
}

/** An interval on the monitor's clock; the worker lives on the monitor's machine. */
const onMonitorClock = (earliest: UnixNanos, latest: UnixNanos): At => ({
  clock: MONITOR_CLOCK,
  earliest,
  latest,
})

/** The fields every fact of the probe has alike. */
export function factHead(session: Session, id: string, earliest: UnixNanos, traceId: string | null) {
  const now = session.clock.now()
  return {
    id: `probe/${id}`,
    source: 'probe',
    at: onMonitorClock(earliest, now),
    seenAt: now,
    keys: keysOf(session, traceId),
  } as const satisfies Partial<Fact>
}

/** What is said of the order on every span of the probe. */
export function orderAttributes(session: Session): Record<string, string> {
  const { attributes: named } = session.settings
  const attributes: Record<string, string> = {
    [named.reference]: session.grant.externalReference,
    'user_agent.synthetic.type': 'test',
    component: 'waybill-probe',
  }
  if (session.orderId !== null) attributes[named.order] = session.orderId
  return attributes
}

/** The marks and the trace context a request of the story carries. */
export function requestHeaders(session: Session, span: SpanRef): Record<string, string> {
  const { marks } = session.settings
  return {
    traceparent: traceparent(span),
    baggage: baggage({ ...marks.baggage, 'waybill.run': session.settings.run }),
    'user-agent': marks.userAgent,
    [marks.header.toLowerCase()]: session.grant.externalReference,
  }
}
