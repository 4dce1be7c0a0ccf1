import { beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../../src/embedded/browser.ts'
import { shopPage } from './page.ts'
import { usePlay } from './play-story.ts'
import type { Answer, SeenRequest, Stand } from './stand.ts'
import { until } from './until.ts'

describe('a story played in the page', () => {
  const play = usePlay()
  let executablePath = ''
  beforeAll(async () => {
    executablePath = (await findBrowser()).executablePath
  })

  const open = async (
    answer: (request: SeenRequest) => Answer = () => undefined,
    requestTimeoutMs = 5_000,
    uploadsBy: 'fetch' | 'xhr' = 'fetch',
  ) => {
    let foreign = ''
    const stand: Stand = await play.open({
      settings: { browser: { executablePath }, requestTimeoutMs },
      answer: (request) =>
        request.path === '/' ? { status: 200, type: 'text/html', body: shopPage(foreign, uploadsBy) } : answer(request),
    })
    foreign = stand.foreign
    return stand
  }

  it('marks and tells what the page asks of the order system and touches nothing else', async () => {
    const stand = await open()
    const outcome = await play.story('page', stand)

    expect(outcome).toMatchObject({ outcome: 'played', detail: null })
    expect(stand.seen.map(({ system, method, path }) => `${system} ${method} ${path}`)).toEqual([
      'shop GET /',
      'foreign GET /pixel',
      'shop POST /api/orders',
      'shop PUT /api/orders/shop-77/model',
      'shop POST /api/orders/shop-77/submit',
      'crm POST /api/orders/shop-77/approve',
    ])
    const [foreign] = stand.seen.filter(({ system }) => system === 'foreign')
    expect(foreign?.headers).not.toHaveProperty('traceparent')
    expect(foreign?.headers).not.toHaveProperty('baggage')
    expect(foreign?.headers).not.toHaveProperty('x-synthetic-order')
    expect(foreign?.headers['user-agent']).not.toContain('synthetic')

    const ours = stand.seen.filter(({ system }) => system !== 'foreign')
    for (const { headers } of ours) {
      expect(headers).toMatchObject({
        baggage: 'synthetic=1,waybill.run=run-1',
        'x-synthetic-order': 'SYN-test-1',
        'user-agent': expect.stringContaining('synthetic'),
      })
    }
    const requests = stand.facts('request-made')
    expect(requests.map(({ by, method, path, httpStatus }) => `${by} ${method} ${path} ${httpStatus}`)).toEqual([
      'customer GET / 200',
      'customer POST /api/orders 201',
      'customer PUT /api/orders/shop-77/model 200',
      'customer POST /api/orders/shop-77/submit 200',
      'seller POST /api/orders/shop-77/approve 200',
    ])
    expect(requests.map(({ span }) => `00-${span?.traceId}-${span?.spanId}-01`)).toEqual(
      ours.map(({ headers }) => headers.traceparent),
    )
    for (const { span } of requests) expect(stand.exported(span?.spanId ?? '')).toBe(true)
    expect(stand.facts('order-placed')).toMatchObject([{ orderId: 'shop-77' }])
    const [upload] = ours.filter(({ method }) => method === 'PUT')
    expect(stand.facts('file-sent')).toMatchObject([{ bytes: 100_084, type: 'model/stl', sha256: upload?.sha256 }])
  })

  it.each(['fetch', 'xhr'] as const)(
    'marks and tells a large upload by %s as well, and what follows it',
    async (uploadsBy) => {
      const stand = await open(undefined, undefined, uploadsBy)
      const outcome = await play.story('large-page', stand)

      expect(outcome).toMatchObject({ outcome: 'played' })
      const ours = stand.seen.filter(({ system }) => system === 'shop')
      const [upload] = ours.filter(({ method }) => method === 'PUT')
      expect(upload?.bytes).toBeGreaterThan(3_900_000)
      expect(ours.map(({ headers }) => headers['x-synthetic-order'])).toEqual(ours.map(() => 'SYN-test-1'))
      const requests = stand.facts('request-made')
      expect(requests.map(({ method, path, httpStatus }) => `${method} ${path} ${httpStatus}`)).toEqual([
        'GET / 200',
        'POST /api/orders 201',
        'PUT /api/orders/shop-77/model 200',
        'POST /api/orders/shop-77/submit 200',
      ])
      expect(requests.map(({ span }) => `00-${span?.traceId}-${span?.spanId}-01`)).toEqual(
        ours.map(({ headers }) => headers.traceparent),
      )
      for (const { span } of requests) expect(stand.exported(span?.spanId ?? '')).toBe(true)
      expect(stand.facts('file-sent')).toMatchObject([
        { bytes: upload?.bytes, type: 'model/stl', sha256: upload?.sha256 },
      ])
    },
  )

  it('asks for no order where there is no browser', async () => {
    const stand = await play.open({ settings: { browser: null } })
    expect(await play.story('page', stand)).toMatchObject({
      outcome: 'broke',
      detail: expect.stringContaining('there is no browser'),
    })
    expect(stand.entered).toEqual([])
    expect(stand.seen).toEqual([])
  })

  it('calls a selector that finds nothing the probe that broke, with a picture of the page', async () => {
    const stand = await open()
    const outcome = await play.story('wrong-selector', stand)
    expect(outcome).toMatchObject({ outcome: 'broke', detail: expect.stringContaining('Timeout 500ms exceeded') })
    expect(outcome.attachments.map(({ name }) => name)).toContain('screenshot')
  })

  it('calls it the order that stopped when the order system refused what the page asked', async () => {
    const stand = await open(({ path }) => (path === '/api/orders' ? { status: 503, body: {} } : undefined))
    const outcome = await play.story('page', stand)
    expect(outcome).toMatchObject({ outcome: 'order-stopped', detail: 'shop answered 503 to POST /api/orders.' })
  })

  it('says so when an upload through the page gets no answer', async () => {
    const stand = await open(({ method }) => (method === 'PUT' ? 'cut' : undefined))
    const outcome = await play.story('page', stand)
    expect(outcome).toMatchObject({
      outcome: 'order-stopped',
      detail: 'shop broke the connection for PUT /api/orders/shop-77/model.',
    })
  })

  it('says so when the order system leaves the page without an answer', async () => {
    const stand = await open(({ path }) => (path === '/api/orders' ? 'hang' : undefined), 1_000)
    const outcome = await play.story('page', stand)
    expect(outcome).toMatchObject({
      outcome: 'order-stopped',
      detail: 'shop gave no answer in time for POST /api/orders.',
    })
    expect(stand.facts('request-made').at(-1)).toMatchObject({ path: '/api/orders', failure: 'timeout' })
  })

  it('lets a page get over a refusal by itself', async () => {
    let refusals = 1
    const stand = await open(({ method }) => {
      if (method !== 'PUT' || refusals === 0) return undefined
      refusals -= 1
      return { status: 503, body: {} }
    })
    const outcome = await play.story('patient-page', stand)
    expect(outcome.outcome).toBe('played')
  })

  it('takes the browser along when it is stopped', async () => {
    const stand = await open(({ path }) => (path === '/api/orders' ? 'hang' : undefined), 60_000)
    const stop = new AbortController()
    const running = play.story('page', stand, { signal: stop.signal })
    await until('the page asked for the order', () => stand.seen.some(({ path }) => path === '/api/orders'))
    stop.abort()
    expect(await running).toMatchObject({ outcome: 'killed', told: false })
  })
})
