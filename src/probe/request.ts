import { classifyFetchError, type RequestFailure, sayRequest } from './request-failure.ts'
import { requestHeaders, type Session } from './session.ts'
import { OrderStopped } from './story-end.ts'
import { tellRequest } from './tell-request.ts'
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
  const { httpStatus, failure, detail } = outcome
  const { by, system, method } = request
  const made = { by, system, method, httpStatus, failure, url, span, parentSpanId: step.spanId, sentAt, detail }
  const { trouble } = tellRequest(session, made, true)
  if (trouble !== null) throw new OrderStopped(trouble, httpStatus)
  if (!outcome.ok) throw new OrderStopped(sayRequest({ ...made, path: url.pathname }))
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
