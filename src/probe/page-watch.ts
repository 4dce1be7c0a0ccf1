import type { BrowserContext, Locator, Request, Route } from 'playwright/test'
import type { SpanRef } from '../evidence/span.ts'
import type { UnixNanos } from '../shared/units.ts'
import { delay } from '../shared/wait.ts'
import { type MadeFile, sentTypeOf } from './page-files.ts'
import { UPLOAD_BINDING, UPLOAD_SCRIPT } from './page-uploads.ts'
import { classifyBrowserError, type RequestFailure } from './request-failure.ts'
import { tellFile } from './sent-file.ts'
import { requestHeaders, type Session } from './session.ts'
import { OrderStopped } from './story-end.ts'
import { tellRequest } from './tell-request.ts'
import { newTrace } from './trace-context.ts'
import { roleAt } from './workplaces.ts'

/** Watches what the page asks of the order system. */
export interface PageWatch {
  /** The text at a place in the page, once there is one; `OrderStopped` when the order system is what it waits for in vain. */
  textOf(place: Locator): Promise<string>
  /** What the order system refused or left unanswered, if the page did not get over it; null otherwise. */
  trouble(): string | null
  /** The story is over: what the page still asks is its own affair, and no fact about the order. */
  stop(): void
}

interface Sent {
  readonly span: SpanRef
  readonly system: string
  readonly sentAt: UnixNanos
  readonly by: string
}

interface Trouble {
  readonly sentence: string
  readonly at: UnixNanos
}

/** A page may itself try again what was refused; only what it has not got over by then stops the order. */
const PAGE_RETRY_MS = 3_000
const LOOK_AGAIN_MS = 25
/** Kinds of request that can move an order; styles, scripts and pictures are traced but are no facts about it. */
const TELLING = new Set(['document', 'xhr', 'fetch'])

/**
 * Marks every request of the page that goes to one of the order system's own origins, and tells it. Foreign origins are
 * left untouched. Each request is a trace of its own, as it is without the monitor. Only headers are changed: a body
 * never passes through here. `lastMade` is the file the story made last, which the page may send.
 */
export async function watchPage(
  session: Session,
  context: BrowserContext,
  lastMade: () => MadeFile | null,
): Promise<PageWatch> {
  const inFlight = new Map<Request, Sent>()
  let trouble: Trouble | null = null
  let over = false

  const isOurs = (url: URL) => systemAt(session, url) !== undefined
  const send = (url: URL): Sent => {
    const system = systemAt(session, url) ?? ''
    return { span: newTrace(), system, sentAt: session.clock.now(), by: roleAt(session.settings.acts, system) }
  }
  const mark = async (route: Route) => {
    if (over) return route.abort()
    const request = route.request()
    const sent = send(new URL(request.url()))
    inFlight.set(request, sent)
    const headers = { ...request.headers(), ...requestHeaders(session, sent.span) }
    await route.continue({ headers }).catch(() => inFlight.delete(request))
  }
  await context.route(isOurs, mark)

  // Large uploads: interception rests, the page sets the marks itself, and the request is known again by its span.
  const announced = new Map<string, Sent>()
  let uploads = 0
  await context.exposeBinding(UPLOAD_BINDING, async (_source, moment: unknown, to: unknown) => {
    uploads += moment === 'begin' ? 1 : -1
    if (moment !== 'begin') {
      if (uploads === 0) await context.route(isOurs, mark)
      return {}
    }
    if (uploads === 1) await context.unroute(isOurs, mark)
    const url = new URL(String(to))
    if (!isOurs(url)) return {}
    const sent = send(url)
    const { 'user-agent': _, ...marks } = requestHeaders(session, sent.span)
    announced.set(marks.traceparent ?? '', sent)
    return marks
  })
  await context.addInitScript({ content: UPLOAD_SCRIPT })
  context.on('request', (request) => {
    const sent = announced.get(request.headers().traceparent ?? '')
    if (sent === undefined) return
    announced.delete(request.headers().traceparent ?? '')
    inFlight.set(request, sent)
  })

  const tell = (request: Request, httpStatus: number | null, failure: RequestFailure | null) => {
    const sent = inFlight.get(request)
    if (sent === undefined) return
    inFlight.delete(request)
    const method = request.method()
    const telling = TELLING.has(request.resourceType()) && (httpStatus !== null || failure !== null)
    const made = { ...sent, method, httpStatus, failure, url: new URL(request.url()), parentSpanId: null }
    const told = tellRequest(session, made, telling)
    const moves = method !== 'GET' || request.resourceType() === 'document'
    if (telling && moves) trouble = told.trouble === null ? null : { sentence: told.trouble, at: told.seenAt }
  }

  const tellUpload = async (request: Request) => {
    const [sent, made] = [inFlight.get(request), lastMade()]
    if (sent === undefined || made === null || !isUpload(request)) return
    const type = await sentTypeOf(request, made)
    if (type !== null) tellFile(session, made, type, sent.sentAt)
  }

  context.on('requestfinished', (request) => {
    void tellUpload(request)
    void request
      .response()
      .catch(() => null)
      .then((response) => tell(request, response?.status() ?? null, response === null ? 'reset' : null))
  })
  context.on('requestfailed', (request) => {
    const errorText = request.failure()?.errorText ?? ''
    // A page that leaves off reading goes elsewhere; one that leaves off writing has given up waiting for the answer.
    const leftOff = errorText.includes('ERR_ABORTED') && request.method() === 'GET'
    tell(request, null, leftOff ? null : classifyBrowserError(errorText))
  })

  const giveUpOverdue = (patience: number) => {
    const { requestTimeoutMs, uploadTimeoutMs } = session.settings
    for (const [request, sent] of inFlight) {
      const limitMs = patience * (isUpload(request) ? uploadTimeoutMs : requestTimeoutMs)
      if (TELLING.has(request.resourceType()) && msSince(session, sent.sentAt) > limitMs) tell(request, null, 'timeout')
    }
  }

  const textOf = async (place: Locator): Promise<string> => {
    const first = place.first()
    let quietSince = session.clock.now()
    for (;;) {
      const text = (await first.isVisible()) ? ((await first.textContent()) ?? '').trim() : ''
      if (text !== '') return text
      giveUpOverdue(1)
      if (trouble !== null && msSince(session, trouble.at) > PAGE_RETRY_MS) throw new OrderStopped(trouble.sentence)
      if (inFlight.size > 0 || trouble !== null) quietSince = session.clock.now()
      if (msSince(session, quietSince) > session.settings.requestTimeoutMs) {
        throw new Error(`Nothing appeared in the page at ${String(place)}.`)
      }
      await delay(LOOK_AGAIN_MS)
    }
  }

  return {
    textOf,
    trouble: () => {
      // The story has failed already; what was unanswered for half its time by then is why.
      giveUpOverdue(0.5)
      return trouble?.sentence ?? null
    },
    stop: () => {
      over = true
      for (const request of inFlight.keys()) tell(request, null, null)
    },
  }
}

const isUpload = (request: Request): boolean => {
  const type = request.headers()['content-type'] ?? ''
  return request.method() !== 'GET' && type !== '' && !type.startsWith('application/json')
}

const msSince = (session: Session, at: UnixNanos): number => Number(session.clock.now() - at) / 1e6

function systemAt(session: Session, url: URL): string | undefined {
  return Object.entries(session.settings.targets).find(([, target]) => new URL(target).origin === url.origin)?.[0]
}
