import { readdir } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import type { RunMessage } from '../../src/probe/run-messages.ts'
import { usePlay } from './play-story.ts'
import { until } from './until.ts'

describe('a story played through the APIs', () => {
  const play = usePlay()

  it('places one marked order, plays everybody in turn and tells each act as a trace of its own', async () => {
    const stand = await play.open()
    const events: RunMessage[] = []
    const outcome = await play.story('api', stand, { onEvent: (event) => void events.push(event) })

    expect(outcome).toEqual({ outcome: 'played', detail: null, told: true, attachments: [] })
    expect(stand.entered).toEqual([{ probe: 'api', flow: 'customer', until: null }])
    expect(stand.seen.map(({ system, method, path }) => `${system} ${method} ${path}`)).toEqual([
      'shop POST /api/orders',
      'shop PUT /api/orders/shop-77/model',
      'shop POST /api/orders/shop-77/submit',
      'crm POST /api/orders/shop-77/approve',
      'mes POST /api/orders/shop-77/take',
      'mes POST /api/orders/shop-77/complete',
      'mes POST /api/orders/shop-77/pack',
      'mes POST /api/orders/shop-77/ship',
      'carrier POST /api/parcels/shop-77/delivered',
    ])
    for (const { headers } of stand.seen) {
      expect(headers).toMatchObject({
        traceparent: expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/),
        baggage: 'synthetic=1,waybill.run=run-1',
        'x-synthetic-order': 'SYN-test-1',
        'user-agent': expect.stringContaining('synthetic'),
      })
    }
    expect(stand.seen[1]).toMatchObject({
      bytes: 84 + 200 * 50,
      headers: { 'content-type': 'model/stl', 'x-storage-prefix': 'synthetic/', 'content-length': '10084' },
    })

    const requests = stand.facts('request-made')
    expect(requests.map((fact) => fact.span?.spanId)).toEqual(
      stand.seen.map(({ headers }) => String(headers.traceparent).split('-')[2]),
    )
    expect(new Set(requests.map((fact) => fact.span?.traceId)).size).toBe(requests.length)
    for (const fact of requests) expect(stand.exported(fact.span?.spanId ?? '')).toBe(true)
    expect(stand.facts('step-taken').map(({ by, step, outcome: how }) => `${by} ${step} ${how}`)).toEqual([
      'customer orders done',
      'customer uploads done',
      'customer submits done',
      'seller approves done',
      'operator takes done',
      'operator completes done',
      'operator packs done',
      'operator ships done',
      'carrier delivers done',
    ])
    expect(stand.facts('order-placed')).toMatchObject([
      {
        orderId: 'shop-77',
        keys: [
          { kind: 'reference', value: 'SYN-test-1' },
          { kind: 'order', value: 'shop-77' },
        ],
      },
    ])
    expect(stand.facts('file-sent')).toMatchObject([
      { bytes: 84 + 200 * 50, type: 'model/stl', sha256: stand.seen[1]?.sha256 },
    ])
    expect(stand.facts('content-expected')).toMatchObject([
      { name: 'price', value: '7543', keys: [{ kind: 'reference', value: 'SYN-test-1' }] },
    ])
    expect(stand.facts('probe-ended')).toMatchObject([{ outcome: 'played', detail: null }])
    expect(events.map(({ type }) => type)).toEqual(['begin', 'end'])

    // Everybody waits until the order shows where they work.
    expect(stand.asked).toEqual([
      { stage: 'PRICE_CALCULATED', in: 'crm' },
      { stage: 'MANUFACTURING_APPROVED', in: 'mes' },
      { stage: 'MANUFACTURING_STARTED', in: 'mes' },
      { stage: 'MANUFACTURING_COMPLETED', in: 'mes' },
      { stage: 'PACKAGING', in: 'mes' },
      { stage: 'SHIPPED', in: 'crm' },
      { stage: 'CLOSED', in: null },
    ])
    const left = await readdir(play.outputDir, { recursive: true })
    expect(left.filter((name) => name.endsWith('.stl'))).toEqual([])
  })

  it('ends well after the last stage that was asked for, and nobody acts beyond it', async () => {
    const stand = await play.open({ settings: { until: 'PRICE_CALCULATED' } })
    const outcome = await play.story('api', stand)
    expect(outcome.outcome).toBe('played')
    expect(stand.seen.filter(({ system }) => system !== 'shop')).toEqual([])
    expect(stand.asked).toEqual([{ stage: 'PRICE_CALCULATED', in: null }])
  })

  it("fails the test with the verdict's reason where nobody else waits for the verdict", async () => {
    const stand = await play.open({
      settings: { awaitVerdict: true },
      verdict: () => ({ state: 'final', verdict: 'broken', reason: 'CRM never learned of it (H11).' }),
    })
    const events: RunMessage[] = []
    const outcome = await play.story('early-end', stand, { onEvent: (event) => void events.push(event) })
    expect(outcome).toMatchObject({ outcome: 'played' })
    expect(events.at(-1)).toMatchObject({ type: 'end', error: 'Error: CRM never learned of it (H11).' })
  })

  it('lets a probe ask for less than its flow', async () => {
    const stand = await play.open()
    expect(await play.story('early-end', stand)).toMatchObject({ outcome: 'played' })
    expect(stand.entered).toMatchObject([{ until: 'INITIATED' }])
    expect(stand.seen).toHaveLength(1)
  })

  it('calls it the order that stopped, not the probe that broke, when the order will not get there', async () => {
    const stand = await play.open({
      stage: (stage) =>
        stage === 'PRICE_CALCULATED'
          ? { state: 'stopped', reason: 'The price calculation failed.' }
          : { state: 'reached', reason: null },
    })
    const outcome = await play.story('api', stand)
    expect(outcome).toMatchObject({ outcome: 'order-stopped', detail: 'The price calculation failed.', told: true })
    expect(stand.facts('probe-ended')).toMatchObject([{ outcome: 'order-stopped' }])
  })

  it.each([
    {
      what: 'a 500',
      answer: { status: 500, body: { error: 'no connection to the database' } } as const,
      detail: 'shop answered 500 to POST /api/orders (no connection to the database).',
      fact: { httpStatus: 500, failure: null },
    },
    {
      what: 'no answer',
      answer: 'hang' as const,
      detail: 'shop gave no answer in time for POST /api/orders.',
      fact: { httpStatus: null, failure: 'timeout' },
    },
    {
      what: 'a broken connection',
      answer: 'cut' as const,
      detail: 'shop broke the connection for POST /api/orders.',
      fact: { httpStatus: null, failure: 'reset' },
    },
    {
      what: 'an answer without an order id',
      answer: { status: 201, body: {} } as const,
      detail: 'shop answered without orderId.',
      fact: { httpStatus: 201, failure: null },
    },
  ])('tells $what to the placing request as a fact about the order', async ({ answer, detail, fact }) => {
    const stand = await play.open({
      answer: ({ path }) => (path === '/api/orders' ? answer : undefined),
      settings: { requestTimeoutMs: 300 },
    })
    const outcome = await play.story('api', stand)
    expect(outcome).toMatchObject({ outcome: 'order-stopped', detail })
    expect(stand.facts('request-made')).toMatchObject([{ method: 'POST', path: '/api/orders', ...fact }])
    expect(stand.facts('order-placed')).toEqual([])
    expect(stand.seen).toHaveLength(1)
  })

  it('has a person look again when the news has not come to them yet', async () => {
    let early = 2
    const stand = await play.open({
      answer: ({ system }) => {
        if (system !== 'crm' || early === 0) return undefined
        early -= 1
        return { status: 409, body: { error: 'The order has no price yet.' } }
      },
    })
    expect(await play.story('api', stand)).toMatchObject({ outcome: 'played' })
    const answers = stand.facts('request-made').filter(({ system }) => system === 'crm')
    expect(answers.map(({ httpStatus }) => httpStatus)).toEqual([409, 409, 200])
  })

  it('tells a refused connection', async () => {
    const stand = await play.open()
    const nobody = await play.open()
    await nobody.close()
    const targets = { ...stand.settings.targets, crm: nobody.settings.targets.crm ?? '' }
    const outcome = await play.story('api', stand, { settings: { ...stand.settings, targets } })
    expect(outcome).toMatchObject({
      outcome: 'order-stopped',
      detail: expect.stringContaining('crm could not be reached'),
    })
    expect(stand.facts('request-made').at(-1)).toMatchObject({ system: 'crm', httpStatus: null, failure: 'refused' })
  })

  it('calls a wrong story broken, with the first line of what went wrong', async () => {
    const stand = await play.open()
    const outcome = await play.story('assertion', stand)
    expect(outcome).toMatchObject({ outcome: 'broke', detail: 'the order has another id', told: true })
    expect(stand.facts('probe-ended')).toMatchObject([{ outcome: 'broke', detail: 'the order has another id' }])
  })

  it('calls a story that does not load broken, without an order', async () => {
    const stand = await play.open()
    const outcome = await play.story('does-not-load', stand)
    expect(outcome).toMatchObject({ outcome: 'broke', told: false, detail: 'Error: this story does not load' })
    expect(stand.entered).toEqual([])
  })

  it('calls it the probe that broke when the monitor does not answer', async () => {
    const stand = await play.open()
    const settings = { ...stand.settings, control: { ...stand.settings.control, token: 'wrong' } }
    const outcome = await play.story('api', stand, { settings })
    expect(outcome).toMatchObject({ outcome: 'broke', detail: expect.stringContaining('it answered 401: no token') })
    expect(stand.seen).toEqual([])
  })

  it('dies at once with everything it started when it is stopped', async () => {
    const stand = await play.open({ answer: () => 'hang' })
    const stop = new AbortController()
    const running = play.story('api', stand, { signal: stop.signal })
    await until('the order was asked for', () => stand.seen.length === 1)
    stop.abort()
    expect(await running).toEqual({
      outcome: 'killed',
      detail: 'the run was stopped',
      told: false,
      attachments: [],
    })
  })
})
