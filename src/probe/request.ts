import { fromMs, plus } from '../shared/units.ts'
import { classifyFetchError, type RequestFailure, sayRequest } from './request-failure.ts'
import { factHead, orderAttributes, requestHeaders, type Session } from './session.ts'
import { OrderStopped } from './story-end.ts'
import { newSpan } from './trace-context.ts'

/** What a person sends. */
export interface PersonRequest {
  readonly by: string
  readonly system: string
  readonly method: 'GET' | 'POST' | 'PUT'
  /** Path on the system, without a query. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Blob
  readonly timeoutMs?: number
}

/** The span a request belongs to. */
export interface Step {
  readonly traceId: string
  readonly spanId: string
}

const DETAIL_LENGTH = 200

/**
 * Sends one request of a person under the step's trace and tells it as a fact and as a client span. Returns the answer's
 * JSON. Anything but a 2xx answer throws `OrderStopped`: the order system did not do what a person asked.
 */
export async function sendRequest(session: Session, step: Step, request: PersonRequest): Promise<unknown> {
  const span = newSpan(step.traceId)
  const target = session.settings.targets[request.system]
  if (target === undefined) throw new Error(`No address of ${request.system} is configured (targets).`)
  const url = new URL(request.path.replace(/^\//, ''), target.endsWith('/') ? target : `${target}/`)
  const sentAt = session.clock.now()
  const limitMs = request.timeoutMs ?? session.settings.requestTimeoutMs
  const outcome = await ask(url, request, requestHeaders(session, span), limitMs)
  const answered = {
    by: request.by,
    system: request.system,
    method: request.method,
    path: url.pathname,
    httpStatus: outcome.httpStatus,
    failure: outcome.failure,
  }
  const stopped = outcome.ok ? null : sayRequest({ ...answered, detail: outcome.detail })

  const head = factHead(session, `request/${span.spanId}`, sentAt, span.traceId)
  session.facts.tell({ ...head, ...answered, kind: 'request-made', span })
  session.spans.tell({
    ref: span,
    parentSpanId: step.spanId,
    kind: 'client',
    name: request.method,
    start: sentAt,
    // A fetch that ends within the clock's resolution still takes some time.
    end: head.seenAt > sentAt ? head.seenAt : plus(sentAt, fromMs(0.001)),
    error: stopped,
    attributes: {
      ...orderAttributes(session),
      'http.request.method': request.method,
      'url.path': url.pathname,
      'server.address': url.hostname,
      'server.port': Number(url.port),
      'enduser.id': request.by,
      ...(outcome.httpStatus === null ? {} : { 'http.response.status_code': outcome.httpStatus }),
      ...(stopped === null ? {} : { 'error.type': outcome.failure ?? String(outcome.httpStatus) }),
    },
  })
  if (stopped !== null) throw new OrderStopped(stopped)
  return outcome.json
}

interface Outcome {
  readonly ok: boolean
  readonly httpStatus: number | null
  readonly failure: RequestFailure | null
  readonly json: unknown
  readonly detail: string
}

async function ask(
  url: URL,
  request: PersonRequest,
  marks: Readonly<Record<string, string>>,
  limitMs: number,
): Promise<Outcome> {
  try {
    const answer = await fetch(url, {
      method: request.method,
      headers: { ...request.headers, ...marks },
      body: request.body ?? null,
      redirect: 'manual',
      signal: AbortSignal.timeout(limitMs),
    })
    const text = await answer.text()
    const json = parseJson(text)
    return { ok: answer.ok, httpStatus: answer.status, failure: null, json, detail: detailOf(json, text) }
  } catch (error) {
    return { ok: false, httpStatus: null, failure: classifyFetchError(error), json: undefined, detail: '' }
  }
}

function detailOf(json: unknown, text: string): string {
  const told = typeof json === 'object' && json !== null && 'error' in json ? String(json.error) : text
  return (told.split('\n')[0] ?? '').slice(0, DETAIL_LENGTH)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
