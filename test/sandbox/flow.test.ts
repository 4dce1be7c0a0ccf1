import pg from 'pg'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { STATUSES } from '../../src/sandbox/order/status.ts'
import { openBrowser } from './support/browser.ts'
import { eventually } from './support/eventually.ts'
import { call, createPeople, type System, tetrahedron } from './support/people.ts'
import { descendants, processes } from './support/processes.ts'
import { type Receiver, type SeenSpan, SPAN_KIND, startReceiver } from './support/receiver.ts'
import { type RunningSandbox, runFolderOf, startSandbox } from './support/sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let people: ReturnType<typeof createPeople>

beforeAll(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox(receiver.url)
  people = createPeople(sandbox)
})

afterAll(async () => {
  await sandbox?.stop()
  await receiver?.close()
})

/** Plays seller, operator and carrier; answers with the trace of each person's act. */
async function makeAndDeliver(orderId: string) {
  await people.sees('crm', orderId, 'PRICE_CALCULATED')
  const approve = await people.act('crm', orderId, 'approve')
  await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
  const made: string[] = []
  for (const verb of ['take', 'complete', 'pack', 'ship']) made.push((await people.act('mes', orderId, verb)).traceId)
  const deliver = await people.delivers(orderId)
  return { approve: approve.traceId, made, deliver: deliver.traceId }
}

const settings = (spans: readonly SeenSpan[]) =>
  spans.filter((span) => span.attributes['event.name'] === 'order.status.changed')
const statusesSetBy = (service: string, spans: readonly SeenSpan[]) =>
  settings(spans)
    .filter((span) => span.service === service)
    .sort((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano))
    .map((span) => span.attributes['order.status'])

/** The order's spans once the last status has been told; polls of the test itself left aside. */
async function spansOf(orderId: string): Promise<readonly SeenSpan[]> {
  await eventually('the closing span', () =>
    settings(receiver.ofOrder(orderId)).find((span) => span.name === 'order.status CLOSED'),
  )
  await eventually('the carrier', () =>
    receiver.ofOrder(orderId).find((span) => span.service === 'carrier' && span.kind === SPAN_KIND.server),
  )
  return receiver.ofOrder(orderId).filter((span) => span.attributes['event.name'] !== 'order.read')
}

describe('a customer order', () => {
  let orderId: string
  let traces: {
    create: string
    upload: string
    submit: string
    approve: string
    made: readonly string[]
    deliver: string
  }
  let spans: readonly SeenSpan[]

  beforeAll(async () => {
    const placed = await people.places('SYN-customer')
    orderId = placed.orderId
    const later = await makeAndDeliver(orderId)
    traces = {
      create: placed.created.traceId,
      upload: placed.uploaded.traceId,
      submit: placed.submitted.traceId,
      ...later,
    }
    spans = await spansOf(orderId)
  })

  test('goes through all ten statuses, each set by its owner', () => {
    expect(statusesSetBy('shop-api', spans)).toEqual(['INITIATED', 'FILE_UPLOADED', 'SUBMITTED'])
    expect(statusesSetBy('crm-api', spans)).toEqual(STATUSES.slice(2))
    expect(statusesSetBy('mes-api', spans)).toEqual(STATUSES.slice(2, 9))
  })

  test.each<System>(['shop', 'crm'])('is shown closed with its price by %s', async (system) => {
    const seen = await people.sees(system, orderId, 'CLOSED')
    expect(seen).toMatchObject({ externalReference: 'SYN-customer', priceCents: expect.any(Number) })
  })

  test.each<{ system: System; statuses: readonly string[] }>([
    { system: 'shop', statuses: STATUSES },
    { system: 'crm', statuses: STATUSES },
    { system: 'mes', statuses: STATUSES.slice(2, 9) },
  ])('is told by $system with every status it has had there, oldest first', async ({ system, statuses }) => {
    const seen = await people.look(system, orderId)
    expect(seen?.history.map(({ status }) => status)).toEqual(statuses)
    const times = seen?.history.map(({ at }) => at) ?? []
    expect(times).toEqual([...times].sort())
    expect(times.at(-1)).toBe(seen?.updatedAt)
  })

  test('leaves the required attributes on every span of its traces', () => {
    const own = new Set(spans.map((span) => span.traceId))
    const required = ['order.id', 'order.status', 'enduser.id', 'component', 'event.name']
    const lacking = receiver.spans
      .filter((span) => own.has(span.traceId))
      .map((span) => ({
        span: `${span.service} ${span.name}`,
        lacks: required.filter((name) => span.attributes[name] === undefined),
      }))
      .filter(({ lacks }) => lacks.length > 0)
    expect(lacking).toEqual([])
  })

  test('is one trace for each leg, and only CRM starts one of its own', () => {
    const expected = [traces.create, traces.upload, traces.submit, traces.approve, ...traces.made, traces.deliver]
    const [handOver, ...others] = [...new Set(spans.map((span) => span.traceId))].filter((id) => !expected.includes(id))
    expect(others).toEqual([])
    const roots = spans.filter((span) => span.traceId === handOver && (span.parentSpanId ?? '') === '')
    expect(roots.map((span) => [span.service, span.name])).toEqual([['crm-api', 'order.take']])
    expect(
      statusesSetBy(
        'mes-api',
        spans.filter((span) => span.traceId === handOver),
      ),
    ).toEqual(['SUBMITTED', 'PRICE_CALCULATED'])
  })

  test('CRM links to the trace in which the customer placed it', () => {
    const take = spans.find((span) => span.name === 'order.take')
    expect(take?.links.map((link) => link.traceId)).toEqual([traces.submit])
  })

  test('has automatic spans of HTTP, PostgreSQL, AMQP and S3 under each other', () => {
    const parentOf = (span: SeenSpan | undefined) => spans.find((each) => each.spanId === span?.parentSpanId)
    const consumer = spans.find((span) => span.name === 'mes.orders process')
    expect(consumer?.scope).toBe('@opentelemetry/instrumentation-amqplib')
    expect(parentOf(consumer)).toMatchObject({ service: 'crm-api', kind: SPAN_KIND.producer })
    const commit = settings(spans).find((span) => span.name === 'order.status SUBMITTED' && span.service === 'mes-api')
    const statement = spans.filter((span) => span.parentSpanId === commit?.spanId)
    expect(statement.map((span) => span.scope)).toEqual(['@opentelemetry/instrumentation-pg'])
    expect(parentOf(spans.find((span) => span.name === 'S3.GetObject'))?.name).toBe('price.calculate')
  })

  test('file spans carry size and type', () => {
    const files = spans.filter((span) => span.scope === '@opentelemetry/instrumentation-aws-sdk')
    expect(files.map((span) => [span.name, span.attributes['file.size'], span.attributes['file.type']])).toEqual([
      ['S3.PutObject', tetrahedron().length, 'model/stl'],
      ['S3.GetObject', tetrahedron().length, 'model/stl'],
    ])
  })

  test('every span names service, version and instance', () => {
    for (const span of spans) {
      expect(span.resource).toMatchObject({
        'service.name': span.service,
        'service.version': expect.any(String),
        'service.instance.id': expect.any(String),
      })
    }
  })

  test("keeps the customer's name, e-mail and phone out of telemetry", () => {
    const told = receiver.bodies.join('\n')
    for (const planted of ['Planted Name', 'planted@example.com', '555 0100']) expect(told).not.toContain(planted)
  })
})

describe('a partner order', () => {
  test('is born in MES, learnt by CRM from a message, and closed', async () => {
    const placed = await people.partnerPlaces('SYN-partner')
    await makeAndDeliver(placed.orderId)
    const spans = await spansOf(placed.orderId)
    expect(statusesSetBy('shop-api', spans)).toEqual([])
    expect(statusesSetBy('mes-api', spans)).toEqual(STATUSES.slice(2, 9))
    expect(statusesSetBy('crm-api', spans)).toEqual(STATUSES.slice(2))
    const crm = spans.find((span) => span.name === 'crm.partner-orders process')
    expect(crm?.traceId).toBe(placed.traceId)
    const seen = await people.look('crm', placed.orderId)
    expect(seen?.externalReference).toBe('SYN-partner')
    expect(seen?.history.map(({ status }) => status)).toEqual(STATUSES.slice(2))
    const door = await call(sandbox.mes, 'GET', `/partner/orders/${placed.orderId}`)
    expect(door.json()).toMatchObject({ history: STATUSES.slice(2, 9).map((status) => ({ status })) })
  })
})

describe('refusals', () => {
  const newOrder = (body: unknown, headers: Record<string, string> = {}) =>
    call(sandbox.shop, 'POST', '/api/orders', { body, headers })

  test('a wrong body is a 400 that names every mistake', async () => {
    const answer = await newOrder({ customer: { id: '' }, externalReference: 7 })
    expect(answer.status).toBe(400)
    expect(answer.text).toContain('customer.id')
    expect(answer.text).toContain('externalReference')
  })

  test('an unknown order is a 404, also under an id that is none', async () => {
    for (const id of ['00000000-0000-4000-8000-000000000000', 'nonsense']) {
      expect((await call(sandbox.mes, 'GET', `/api/orders/${id}`)).status).toBe(404)
    }
  })

  test('placing without a model, approving without a price and taking without approval are 409', async () => {
    const { orderId } = (await newOrder({ customer: { id: 'c' } })).json() as { orderId: string }
    expect((await people.submit(orderId)).status).toBe(409)
    const placed = await people.places()
    await people.sees('crm', placed.orderId, 'PRICE_CALCULATED')
    expect((await call(sandbox.mes, 'POST', `/api/orders/${placed.orderId}/take`)).status).toBe(409)
    expect((await call(sandbox.crm, 'POST', `/api/orders/${placed.orderId}/close`)).status).toBe(409)
    expect((await people.submit(placed.orderId)).status).toBe(409)
  })

  test('a model of no known type is a 415, an oversized one a 413, a large JSON body a 413', async () => {
    const { orderId } = (await newOrder({ customer: { id: 'c' } })).json() as { orderId: string }
    const put = (headers: Record<string, string>) =>
      call(sandbox.shop, 'PUT', `/api/orders/${orderId}/model`, { body: tetrahedron(), headers })
    expect((await put({ 'content-type': 'text/html' })).status).toBe(415)
    expect((await newOrder({ customer: { id: 'c', name: 'x'.repeat(100_000) } })).status).toBe(413)
  })

  test('a placement repeated under its idempotency key is the same order', async () => {
    const headers = { 'idempotency-key': 'once' }
    const first = await newOrder({ customer: { id: 'c' } }, headers)
    const again = await newOrder({ customer: { id: 'c' } }, headers)
    expect([again.status, again.text]).toEqual([201, first.text])
  })

  test('a control request without the token is refused', async () => {
    expect((await fetch(`${sandbox.control.url}/faults`)).status).toBe(401)
  })
})

describe('the history', () => {
  test('has a status once, however often a model is replaced, and no program can rewrite it', async () => {
    const { orderId } = (await people.create('SYN-again')).json() as { orderId: string }
    await people.upload(orderId)
    await people.upload(orderId)
    expect((await people.look('shop', orderId))?.history.map(({ status }) => status)).toEqual([
      'INITIATED',
      'FILE_UPLOADED',
    ])
    const reader = new pg.Client({ connectionString: sandbox.shopDb })
    await reader.connect()
    const rights = await reader.query(
      `SELECT role, has_table_privilege(role, 'order_history', 'SELECT') AS reads,
         has_table_privilege(role, 'order_history', 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes
       FROM unnest(ARRAY['crm_app', 'monitor_ro', 'shop_app']) AS role`,
    )
    await reader.end()
    expect(rights.rows).toEqual(
      ['crm_app', 'monitor_ro', 'shop_app'].map((role) => ({ role, reads: true, writes: false })),
    )
  })
})

test('the constructor builds a model that manufacturing can price', async () => {
  const created = (await people.create('SYN-ring')).json() as { orderId: string }
  const built = await call(sandbox.shop, 'POST', `/api/orders/${created.orderId}/constructor`, {
    body: { triangles: 240 },
  })
  expect(built.json()).toMatchObject({ status: 'FILE_UPLOADED', file: { size: 84 + 240 * 50, type: 'model/stl' } })
  await people.submit(created.orderId)
  await people.sees('shop', created.orderId, 'PRICE_CALCULATED')
})

describe('the pages', () => {
  let browser: Browser
  let page: Page

  beforeAll(async () => {
    browser = await openBrowser()
    page = await browser.newPage({ extraHTTPHeaders: { 'x-synthetic-order': '1' } })
  })

  afterAll(() => browser?.close())

  const placeByPage = async (reference: string, addModel: () => Promise<void>) => {
    await page.goto(sandbox.shop)
    await page.getByRole('button', { name: 'New order' }).click()
    await page.getByLabel('Name').fill('Planted Name')
    await page.getByLabel('E-mail').fill('planted@example.com')
    await page.getByLabel('Reference').fill(reference)
    await addModel()
    await page.getByRole('button', { name: 'Place order' }).click()
    const number = page.getByTestId('order-number')
    return eventually('the order number', async () => (await number.textContent()) || undefined)
  }

  const upload = () =>
    page.getByLabel('3D model').setInputFiles({ name: 'ring.stl', mimeType: 'model/stl', buffer: tetrahedron() })

  test('take an order with an uploaded model, priced, approved, made and closed by people who see only pages', async () => {
    const orderId = await placeByPage('SYN-page', upload)
    await page.getByRole('status').filter({ hasText: 'PRICE_CALCULATED, price' }).waitFor()
    await page.goto(sandbox.crm)
    await page.getByRole('button', { name: 'Approve SYN-page' }).click()
    await page.getByRole('status').filter({ hasText: 'MANUFACTURING_APPROVED' }).waitFor()
    await page.goto(sandbox.mes)
    for (const [button, status] of [
      ['Take', 'MANUFACTURING_STARTED'],
      ['Complete', 'MANUFACTURING_COMPLETED'],
      ['Pack', 'PACKAGING'],
      ['Ship', 'SHIPPED'],
    ]) {
      await page.getByRole('button', { name: `${button} SYN-page` }).click()
      await page
        .getByRole('status')
        .filter({ hasText: status ?? '' })
        .waitFor()
    }
    await page.goto(sandbox.crm)
    await page.getByRole('button', { name: 'Close SYN-page' }).click()
    await people.sees('shop', orderId, 'CLOSED')
  })

  test('take an order with a ring built on the page', async () => {
    const orderId = await placeByPage('SYN-built', () => page.getByRole('button', { name: 'Build a ring' }).click())
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
  })

  test('say what was wrong when the shop refuses', async () => {
    await page.goto(sandbox.shop)
    await page.getByRole('button', { name: 'New order' }).click()
    await page.getByRole('button', { name: 'Place order' }).click()
    await page.getByRole('alert').filter({ hasText: 'Add a 3D model or build a ring first.' }).waitFor()
  })
})

test('told to stop, it finishes cleanly and leaves no process and no folder behind', async () => {
  const all = await descendants(sandbox.process.pid ?? 0)
  expect((await sandbox.stop()).code).toBe(143)
  const alive = new Set((await processes()).map(({ pid }) => pid))
  expect(all.filter(({ pid }) => alive.has(pid))).toEqual([])
  expect(await runFolderOf(sandbox)).toBeUndefined()
})
