import type { RequestMade } from '../evidence/fact.ts'
import type { SpanRef } from '../evidence/span.ts'
import { fromMs, plus, type UnixNanos } from '../shared/units.ts'
import { sayRequest } from './request-failure.ts'
import { factHead, orderAttributes, type Session } from './session.ts'

/** A request of the story that is over. */
export interface MadeRequest extends Pick<RequestMade, 'by' | 'system' | 'method' | 'httpStatus' | 'failure'> {
  readonly url: URL
  readonly span: SpanRef
  /** Null: the request is a trace of its own. */
  readonly parentSpanId: string | null
  readonly sentAt: UnixNanos
  /** What a refusal said, in a few words. */
  readonly detail?: string
}

/** What is known of the request beside the system's answer. */
export interface Told {
  readonly seenAt: UnixNanos
  /** One sentence when it was not answered as it should have been; null when it was. */
  readonly trouble: string | null
}

/**
 * Tells a request as a client span, and as a fact unless it bears on no order (`asFact` false: pictures, or a page that
 * left off reading). Paths go without their query, which may hold anything.
 */
export function tellRequest(session: Session, made: MadeRequest, asFact: boolean): Told {
  const { by, system, method, httpStatus, failure, url, span, sentAt, detail } = made
  const fact = { by, system, method, path: url.pathname, httpStatus, failure }
  const wrong = failure !== null || (httpStatus !== null && httpStatus >= 400)
  const trouble = wrong ? sayRequest({ ...fact, ...(detail === undefined ? {} : { detail }) }) : null
  const head = factHead(session, `request/${span.spanId}`, sentAt, span.traceId)
  if (asFact) session.facts.tell({ ...head, ...fact, kind: 'request-made', span })
  session.spans.tell({
    ref: span,
    parentSpanId: made.parentSpanId,
    kind: 'client',
    name: method,
    start: sentAt,
    // What ends within the clock's resolution still took some time.
    end: head.seenAt > sentAt ? head.seenAt : plus(sentAt, fromMs(0.001)),
    error: trouble,
    attributes: {
      ...orderAttributes(session),
      'http.request.method': method,
      'url.path': url.pathname,
      'server.address': url.hostname,
      'server.port': Number(url.port),
      'enduser.id': by,
      ...(httpStatus === null ? {} : { 'http.response.status_code': httpStatus }),
      ...(wrong ? { 'error.type': failure ?? String(httpStatus) } : {}),
    },
  })
  return { seenAt: head.seenAt, trouble }
}
