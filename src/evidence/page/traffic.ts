import type { Page, Request } from 'playwright'

/** What a page asks of its servers while it is looked at. */
export interface Traffic {
  /** Nothing that could bring content has been under way for `ms`. */
  quietFor(ms: number): boolean
  /** One sentence about what was refused or is still unanswered; null where all was answered well. */
  trouble(): string | null
}

/** Kinds of request that bring what a page shows. */
const BRINGS_CONTENT = new Set(['document', 'script', 'xhr', 'fetch'])

const named = (request: Request): string => `${request.method()} ${new URL(request.url()).pathname}`

/** Begins before the page is opened. */
export function watchTraffic(page: Page): Traffic {
  const open = new Set<Request>()
  const wrong = new Map<string, string>()
  let lastAt = performance.now()

  const over = (request: Request, trouble: string | null) => {
    if (!open.delete(request)) return
    lastAt = performance.now()
    // What the page asked again with success is no trouble any more.
    if (trouble === null) wrong.delete(named(request))
    else wrong.set(named(request), trouble)
  }
  page.on('request', (request) => {
    if (!BRINGS_CONTENT.has(request.resourceType())) return
    open.add(request)
    lastAt = performance.now()
  })
  page.on('requestfinished', (request) => {
    void request.response().then(
      (response) => {
        const status = response?.status() ?? 0
        over(request, status >= 400 ? `answered HTTP ${status}` : null)
      },
      () => over(request, null),
    )
  })
  page.on('requestfailed', (request) => over(request, request.failure()?.errorText ?? 'failed'))

  return {
    quietFor: (ms) => open.size === 0 && performance.now() - lastAt >= ms,
    trouble: () => {
      const [refused] = wrong
      if (refused !== undefined) return refused.join(' ')
      const [unanswered] = open
      return unanswered === undefined ? null : `${named(unanswered)} is still unanswered`
    },
  }
}
