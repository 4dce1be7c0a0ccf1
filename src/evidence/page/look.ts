import type { Browser, Page } from 'playwright'
import { delay } from '../../shared/wait.ts'
import type { PageLooked } from '../fact.ts'
import type { KeySet } from '../keys.ts'
import { readEntries, readingOf, selectorsOf } from './entries.ts'
import type { ViewedPage } from './settings.ts'
import { type Traffic, watchTraffic } from './traffic.ts'

/** What one look says of one order. */
export type Sight = Pick<PageLooked, 'outcome' | 'detail'>

/** One look at a page, for several orders at once; or why none could be made, which says nothing of the page. */
export type Look = { readonly sights: readonly Sight[] } | { readonly failed: string }

const USER_AGENT = 'waybill-monitor/1 (looks at pages, presses nothing)'
const LOOK_AGAIN_MS = 50
/** A page that has asked nothing for this long shows what it has got. */
const QUIET_MS = 400
/** The monitor's own network or name service, or an address that is none: nothing was learned of the page. */
const OWN_TROUBLE = /ERR_(INTERNET_DISCONNECTED|NETWORK_CHANGED|NAME_NOT_RESOLVED|INVALID_URL)/
/** We are not let in, which says nothing of what a person would see. */
const NO_ACCESS = /answered HTTP (401|403|407)$|^\S+ leads to /
const NET_ERROR = /net::(ERR_\w+)/

/**
 * Opens the page in a fresh context and waits until every order is shown, or the page has come to rest, or `timeoutMs` are over. Presses nothing.
 */
export async function lookAtPage(
  browser: Browser,
  view: ViewedPage,
  orders: readonly KeySet[],
  timeoutMs: number,
): Promise<Look> {
  try {
    const context = await browser.newContext({ userAgent: USER_AGENT, serviceWorkers: 'block', acceptDownloads: false })
    try {
      return await look(await context.newPage(), view, orders, timeoutMs)
    } finally {
      await context.close()
    }
  } catch (error) {
    return { failed: firstLine(error) }
  }
}

async function look(page: Page, view: ViewedPage, orders: readonly KeySet[], timeoutMs: number): Promise<Look> {
  const endAt = performance.now() + timeoutMs
  const traffic = watchTraffic(page)
  const refused = await open(page, view.url, timeoutMs)
  if (refused !== null) {
    if (OWN_TROUBLE.test(refused) || NO_ACCESS.test(refused)) return { failed: refused }
    return { sights: orders.map(() => ({ outcome: 'no-answer', detail: refused })) }
  }
  const selectors = orders.map((keys) => selectorsOf(view, keys))
  for (;;) {
    const rested = traffic.quietFor(QUIET_MS)
    const readings = await read(page, view, selectors)
    const done = readings.every((reading) => reading === 'shown')
    if (done) return { sights: readings.map((it) => sightOf(it, traffic)) }
    if (rested || performance.now() > endAt) {
      const elsewhere = ledElsewhere(page, view) ?? traffic.trouble()
      if (elsewhere !== null && NO_ACCESS.test(elsewhere)) return { failed: elsewhere }
      return { sights: readings.map((it) => sightOf(it, traffic)) }
    }
    await delay(LOOK_AGAIN_MS)
  }
}

/** A page that asks for a password first shows no order, and hides none. */
function ledElsewhere(page: Page, { url }: ViewedPage): string | null {
  const [asked, came] = [new URL(url), new URL(page.url())]
  const same = asked.origin === came.origin && asked.pathname === came.pathname
  return same ? null : `${asked.pathname} leads to ${came.origin === asked.origin ? came.pathname : came.origin}`
}

/** The sentence why the page did not come; null where it did. */
async function open(page: Page, url: string, timeoutMs: number): Promise<string | null> {
  try {
    const response = await page.goto(url, { waitUntil: 'commit', timeout: timeoutMs })
    const status = response?.status() ?? 200
    return status >= 400 ? `the page answered HTTP ${status}` : null
  } catch (error) {
    const text = firstLine(error)
    if (page.isClosed()) throw error
    if (/Timeout \d+ms exceeded/.test(text)) return `the page did not come within ${timeoutMs} ms`
    const code = NET_ERROR.exec(text)?.[1]
    if (code === undefined) throw error
    return `the page cannot be had (${code})`
  }
}

type Reading = ReturnType<typeof readingOf>

/** One question to the page for all orders. */
async function read(
  page: Page,
  view: ViewedPage,
  selectors: readonly (readonly string[])[],
): Promise<readonly Reading[]> {
  const answered: unknown = await page.evaluate(readEntries(selectors.flat())).catch((error: unknown) => {
    // The page is on its way to another address; the next look finds it there.
    if (/context was destroyed|navigating/.test(firstLine(error))) return []
    throw error
  })
  const texts = Array.isArray(answered) ? answered.map((text) => (typeof text === 'string' ? text : null)) : []
  let at = 0
  return selectors.map((mine) => {
    const shown = texts.slice(at, at + mine.length)
    at += mine.length
    return readingOf(view, shown)
  })
}

function sightOf(reading: Reading, traffic: Traffic): Sight {
  if (reading === 'shown') return { outcome: 'shown', detail: null }
  if (reading === 'wrong') return { outcome: 'wrong', detail: 'the entry is there without what it must show' }
  const trouble = traffic.trouble()
  return trouble === null ? { outcome: 'not-shown', detail: null } : { outcome: 'no-answer', detail: trouble }
}

const firstLine = (error: unknown): string =>
  ((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '').slice(0, 200)
