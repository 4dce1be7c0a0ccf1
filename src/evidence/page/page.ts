import type { Clock } from '../../shared/clock.ts'
import type { UnixNanos } from '../../shared/units.ts'
import { MONITOR_CLOCK, type PageLooked } from '../fact.ts'
import type { KeySet } from '../keys.ts'
import { createOutage } from '../outage.ts'
import type { Answer, Asker, Pace } from '../ports.ts'
import { keepBrowser } from './kept-browser.ts'
import { type Look, lookAtPage, type Sight } from './look.ts'
import type { ViewedPage } from './settings.ts'

export interface PageOptions {
  /** By the view's name in the contract. */
  readonly views: Readonly<Record<string, ViewedPage>>
  /** Names the browser's program; called when a page is first looked at. */
  readonly findBrowser: () => Promise<string>
  readonly clock: Clock
  /** Longest time for one look. */
  readonly timeoutMs: number
  readonly pace: Pace
}

/** Looks at the pages people work from, in a real browser, one page at a time and for all orders at once. */
export function createPageSource(options: PageOptions): Asker & { close(): Promise<void> } {
  const { views, clock, timeoutMs } = options
  const kept = keepBrowser(options.findBrowser)
  const outage = createOutage('page', 'browser')
  let last: Promise<unknown> = Promise.resolve()
  let told = 0

  const look = async (view: ViewedPage, orders: readonly KeySet[]): Promise<{ sentAt: UnixNanos; look: Look }> => {
    const askedAt = clock.now()
    try {
      const browser = await kept.get()
      const sentAt = clock.now()
      return { sentAt, look: await lookAtPage(browser, view, orders, timeoutMs) }
    } catch (error) {
      return { sentAt: askedAt, look: { failed: error instanceof Error ? error.message : String(error) } }
    }
  }
  const oneAtATime = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }

  const askMany = async (name: string, orders: readonly KeySet[], signal: AbortSignal): Promise<readonly Answer[]> => {
    const view = views[name]
    if (view === undefined) return orders.map(() => ({ outcome: 'unsupported', why: `there is no view ${name}` }))
    const unavailable = (why: string): Answer => ({ outcome: 'unavailable', why, facts: [] })
    if (outage.resting(clock.now())) return orders.map(() => unavailable(outage.detail ?? 'no browser'))
    const { sentAt, look: seen } = await oneAtATime(() => look(view, orders))
    if (signal.aborted) return orders.map(() => unavailable('stopped while looking'))
    if ('failed' in seen) {
      const conditions = [outage.failed(sentAt, clock.now(), seen.failed)]
      return orders.map((_keys, index) => ({
        ...{ outcome: 'unavailable', why: seen.failed, facts: [] },
        ...(index === 0 ? { conditions } : {}),
      }))
    }
    outage.answered()
    told += orders.length
    const endedAt = clock.now()
    return orders.map((keys, index) => answerOf(name, view, keys, seen.sights[index], { sentAt, endedAt }))
  }

  return {
    name: 'page',
    systems: Object.keys(views),
    pace: options.pace,
    restsOnceFound: true,
    wants: (name, { keys, final, reached }) => {
      const view = views[name]
      if (view === undefined || final || keys.order.size === 0 || !reached(view.shows)) return false
      return view.until === undefined || !reached(view.until)
    },
    ask: async (name, keys, signal) => {
      const [answer] = await askMany(name, [keys], signal)
      return answer ?? { outcome: 'unavailable', why: 'nothing was asked', facts: [] }
    },
    askMany,
    health: () => ({
      name: 'page',
      state: outage.detail === null ? 'healthy' : 'down',
      told,
      dropped: 0,
      detail: outage.detail,
    }),
    close: () => kept.close(),
  }
}

function answerOf(
  view: string,
  { system }: ViewedPage,
  keys: KeySet,
  sight: Sight | undefined,
  { sentAt, endedAt }: { readonly sentAt: UnixNanos; readonly endedAt: UnixNanos },
): Answer {
  if (sight === undefined) return { outcome: 'not-yet', facts: [] }
  const [orderId = ''] = keys.order
  const fact: PageLooked = {
    id: `page:${view}:${orderId}:${sentAt}`,
    source: 'page',
    kind: 'page-looked',
    at: { clock: MONITOR_CLOCK, earliest: sentAt, latest: endedAt },
    seenAt: endedAt,
    keys: [...keys.order].map((value) => ({ kind: 'order', value })),
    view,
    system,
    ...sight,
  }
  return { outcome: sight.outcome === 'shown' ? 'found' : 'not-yet', facts: [fact] }
}
