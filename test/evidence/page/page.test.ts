import { createServer, type RequestListener } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../../../src/embedded/browser.ts'
import type { PageLooked } from '../../../src/evidence/fact.ts'
import type { KeySet } from '../../../src/evidence/keys.ts'
import { createPageSource, type PageOptions } from '../../../src/evidence/page/page.ts'
import type { ViewedPage } from '../../../src/evidence/page/settings.ts'
import type { Answer } from '../../../src/evidence/ports.ts'
import { createMonitorClock } from '../../../src/shared/clock.ts'
import { milliseconds } from '../../../src/shared/units.ts'

let listener: RequestListener = () => {}
const agents = new Set<string>()
const server = createServer((request, response) => {
  agents.add(request.headers['user-agent'] ?? '')
  listener(request, response)
})
let address = ''
let executablePath = ''
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const bound = server.address()
  address = `http://127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`
  executablePath = (await findBrowser()).executablePath
}, 60_000)
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

const keysOf = (...order: string[]): KeySet => {
  const none: ReadonlySet<string> = new Set()
  return {
    order: new Set(order),
    reference: new Set(['SYN-1']),
    trace: none,
    message: none,
    correlation: none,
    run: none,
  }
}

const VIEW: Omit<ViewedPage, 'url'> = {
  system: 'mes',
  shows: 'APPROVED',
  until: 'STARTED',
  entry: 'tr[data-order="{order}"]',
  text: String.raw`\d\.\d\d`,
}

const looking = (options: Partial<PageOptions> = {}, view: Partial<ViewedPage> = {}) => {
  let asked = 0
  const made = createPageSource({
    views: { 'the first page': { ...VIEW, url: `${address}/`, ...view } },
    findBrowser: async () => {
      asked += 1
      return executablePath
    },
    clock: createMonitorClock(),
    timeoutMs: 4_000,
    pace: { quick: milliseconds(100), slowest: milliseconds(100), maxPerSecond: 1 },
    ...options,
  })
  closing.push(made.close)
  return { made, started: () => asked }
}

const ask = (source: ReturnType<typeof looking>, ...order: string[]): Promise<Answer> =>
  source.made.ask('the first page', keysOf(...order), new AbortController().signal)

const seen = (answer: Answer) =>
  (answer.outcome === 'unsupported' ? [] : answer.facts)
    .filter((fact): fact is PageLooked => fact.kind === 'page-looked')
    .map(({ outcome, detail }) => (detail === null ? outcome : `${outcome}: ${detail}`))

const SHELL = `<!doctype html><table><tbody></tbody></table><script>
  fetch('/api/orders').then((answer) => answer.json()).then((orders) => {
    document.querySelector('tbody').innerHTML = orders.map(([id, text]) => '<tr data-order="' + id + '"><td>' + text + '</td></tr>').join('')
  }).catch(() => {})
</script>`

/** A page that fetches its list, as most do. */
const pageOf =
  (api: RequestListener): RequestListener =>
  (request, response) => {
    if (request.url === '/api/orders') api(request, response)
    else response.setHeader('content-type', 'text/html').end(SHELL)
  }
const list = (...orders: [id: string, text: string][]) =>
  pageOf((_request, response) => void response.end(JSON.stringify(orders)))

describe('a look at a page', () => {
  it('shows the order, with what must be shown of it', async () => {
    listener = list(['a1', 'priced 75.43'], ['b1', 'not yet'])
    const source = looking()
    expect(seen(await ask(source, 'a1'))).toEqual(['shown'])
    expect(seen(await ask(source, 'b1'))).toEqual(['wrong: the entry is there without what it must show'])
    expect(seen(await ask(source, 'c1'))).toEqual(['not-shown'])
    expect([...agents]).toEqual(['waybill-monitor/1 (looks at pages, presses nothing)'])
    expect(source.started()).toBe(1)
  })

  it('is one for many orders, and says of each its own', async () => {
    let loads = 0
    const answers = list(['a1', '1.00'])
    listener = (request, response) => {
      if (request.url === '/') loads += 1
      answers(request, response)
    }
    const told = await looking().made.askMany?.(
      'the first page',
      [keysOf('a1'), keysOf('b1')],
      new AbortController().signal,
    )
    expect(told?.flatMap(seen)).toEqual(['shown', 'not-shown'])
    expect(loads).toBe(1)
  })

  it('sees no hidden entry, and takes an id for no part of the selector', async () => {
    listener = (_request, response) =>
      void response
        .setHeader('content-type', 'text/html')
        .end('<table><tr data-order="a1" hidden><td>1.00</td></tr><tr data-order="x"><td>1.00</td></tr></table>')
    const source = looking()
    expect(seen(await ask(source, 'a1'))).toEqual(['not-shown'])
    expect(seen(await ask(source, 'y"],[data-order="x'))).toEqual(['not-shown'])
  })

  it.each<[string, RequestListener, string]>([
    ['refuses', (_request, response) => void response.writeHead(503).end(), 'no-answer: the page answered HTTP 503'],
    [
      'cuts the connection',
      (request) => void request.socket.destroy(),
      'no-answer: the page cannot be had (ERR_EMPTY_RESPONSE)',
    ],
    ['hangs', () => {}, 'no-answer: the page did not come within 1500 ms'],
    [
      'comes without its list',
      pageOf((_request, response) => void response.writeHead(500).end()),
      'no-answer: GET /api/orders answered HTTP 500',
    ],
    ['waits for its list', pageOf(() => {}), 'no-answer: GET /api/orders is still unanswered'],
  ])('tells a page that %s', async (_what, page, told) => {
    listener = page
    expect(seen(await ask(looking({ timeoutMs: 1_500 }), 'a1'))).toEqual([told])
  })

  it('shows an order although the page still waits for something else', async () => {
    listener = pageOf((_request, response) => void response.end(JSON.stringify([['a1', '1.00']])))
    const plain = listener
    listener = (request, response) => {
      if (request.url === '/events') return
      if (request.url === '/')
        response.setHeader('content-type', 'text/html').end(`<script>fetch('/events')</script>${SHELL}`)
      else plain(request, response)
    }
    expect(seen(await ask(looking(), 'a1'))).toEqual(['shown'])
  })

  it.each<[string, RequestListener]>([
    ['asks for a password', (_request, response) => void response.writeHead(401).end()],
    [
      'leads to a login',
      (request, response) => {
        if (request.url === '/') response.writeHead(302, { location: '/login' }).end()
        else response.setHeader('content-type', 'text/html').end('<form></form>')
      },
    ],
    ['has a list for others only', pageOf((_request, response) => void response.writeHead(403).end())],
  ])('says nothing of a page that %s', async (_what, page) => {
    listener = page
    expect(await ask(looking(), 'a1')).toMatchObject({
      outcome: 'unavailable',
      facts: [],
      conditions: [{ kind: 'source-down' }],
    })
  })

  it('is no look without a browser, nor where the selector is none', async () => {
    listener = list()
    const without = looking({ findBrowser: () => Promise.reject(new Error('no browser here')) })
    expect(await ask(without, 'a1')).toMatchObject({ outcome: 'unavailable', why: 'no browser here', facts: [] })
    expect(without.made.health()).toMatchObject({ state: 'down', detail: 'no browser here' })
    expect(await ask(looking({}, { entry: 'tr[' }), 'a1')).toMatchObject({ outcome: 'unavailable', facts: [] })
  })

  it('is made only between the stage that shows and the stage that hides, and starts no browser before', () => {
    const source = looking()
    const about = (reached: readonly string[], order = ['a1']) => ({
      keys: keysOf(...order),
      flow: 'customer',
      final: false,
      reached: (stage: string) => reached.includes(stage),
    })
    const wants = source.made.wants?.bind(source.made)
    expect(wants?.('the first page', about([]))).toBe(false)
    expect(wants?.('the first page', about(['APPROVED'], []))).toBe(false)
    expect(wants?.('the first page', about(['APPROVED']))).toBe(true)
    expect(wants?.('the first page', { ...about(['APPROVED']), final: true })).toBe(false)
    expect(wants?.('the first page', about(['APPROVED', 'STARTED']))).toBe(false)
    expect(source.started()).toBe(0)
  })
})
