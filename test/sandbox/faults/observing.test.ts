import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { everythingSeen, wordsOfFaults } from '../support/everything-seen.ts'
import { call, createPeople } from '../support/people.ts'
import { type Receiver, type SeenSpan, startReceiver } from '../support/receiver.ts'
import { type RunningSandbox, startSandbox } from '../support/sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let people: ReturnType<typeof createPeople>
let on: string | undefined

beforeAll(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox(receiver.url)
  people = createPeople(sandbox)
})

afterEach(async () => {
  if (on !== undefined) await sandbox.clear(on)
  on = undefined
})

afterAll(async () => {
  await sandbox?.stop()
  await receiver?.close()
})

const newReference = () => `SYN-${crypto.randomUUID().slice(0, 8)}`
async function switchOn(fault: string) {
  on = fault
  await sandbox.processFault(fault)
}
const ofMes = ({ orderId }: { orderId: string }): readonly SeenSpan[] =>
  receiver.ofOrder(orderId).filter((span) => span.service === 'mes-api')
const priced = async (reference = newReference()) => {
  const order = await people.places(reference)
  await people.sees('crm', order.orderId, 'PRICE_CALCULATED')
  return order
}
/** All spans of MES of the traces an order is in, whether they name the order or not. */
const mesSpans = (orderId: string) => {
  const traces = new Set(receiver.ofOrder(orderId).map(({ traceId }) => traceId))
  return receiver.spans.filter((span) => span.service === 'mes-api' && traces.has(span.traceId))
}
const settled = (orderId: string) =>
  eventually('the announcement by MES', () =>
    mesSpans(orderId).some(({ name }) => name === 'publish manufacturing') ? mesSpans(orderId) : undefined,
  )

describe('spans of MES', () => {
  test.each([
    ['mes-lacks-order-id', 'order.id'],
    ['mes-lacks-status', 'order.status'],
    ['mes-lacks-user', 'enduser.id'],
    ['mes-lacks-component', 'component'],
    ['mes-lacks-event', 'event.name'],
    ['mes-lacks-file-size', 'file.size'],
    ['mes-lacks-file-type', 'file.type'],
  ])('%s: lack %s, and those of another order do not', async (fault, name) => {
    const reference = newReference()
    await sandbox.fault(fault, reference)
    const { orderId } = await priced(reference)
    const other = await priced()
    const lacking = await settled(orderId)
    expect(lacking.filter((span) => span.attributes[name] !== undefined)).toEqual([])
    expect((await settled(other.orderId)).some((span) => span.attributes[name] !== undefined)).toBe(true)
  })

  test('lack what is wrong with them', async () => {
    const references = [newReference(), newReference()] as const
    for (const reference of references) await sandbox.fault('price-fails-once', reference)
    await sandbox.fault('mes-lacks-error-type', references[0])
    await sandbox.fault('mes-lacks-error-details', references[1])
    const failed = async (reference: string) => {
      const { orderId } = await priced(reference)
      return eventually('the failed attempt', () => mesSpans(orderId).find(({ status }) => status.code === 2))
    }
    const untyped = await failed(references[0])
    expect([untyped.attributes['error.type'], untyped.events[0]?.attributes['exception.type']]).toEqual([
      undefined,
      undefined,
    ])
    expect(untyped.events[0]?.attributes['exception.message']).toContain('triangulation')
    const bare = await failed(references[1])
    expect([bare.status.message ?? '', bare.events, bare.attributes['error.type']]).toEqual(['', [], 'RangeError'])
  })

  test('are sampled away for one order, but for those of a look at it', async () => {
    const reference = newReference()
    await sandbox.fault('mes-sampled-away', reference)
    const order = await priced(reference)
    await people.look('mes', order.orderId)
    await settled((await priced()).orderId)
    await eventually('the look', () => (ofMes(order).length > 0 ? true : undefined))
    expect(ofMes(order).filter((span) => span.attributes['event.name'] !== 'order.read')).toEqual([])
  })

  test('are lost with one batch', async () => {
    const reference = newReference()
    await sandbox.fault('mes-batch-lost', reference)
    const order = await priced(reference)
    await people.act('crm', order.orderId, 'approve')
    await people.sees('mes', order.orderId, 'MANUFACTURING_APPROVED')
    await eventually('a later batch', () =>
      ofMes(order).some(({ name }) => name.endsWith('APPROVED')) ? true : undefined,
    )
    expect(ofMes(order).some(({ name }) => name === 'order.status SUBMITTED')).toBe(false)
  })

  test('do not come while the exporter is frozen, nor does what was in its hands', async () => {
    await switchOn('mes-exporter-frozen')
    const order = await priced()
    expect(ofMes(order)).toEqual([])
    await sandbox.clear('mes-exporter-frozen')
    const later = await priced()
    await settled(later.orderId)
  })

  test('are not there, and hand no context on, while MES is not instrumented', async () => {
    await switchOn('mes-not-instrumented')
    const order = await priced()
    const consumer = await eventually('the CRM', () =>
      receiver.ofOrder(order.orderId).find(({ name }) => name === 'crm.statuses process'),
    )
    expect([consumer.parentSpanId ?? '', ofMes(order)]).toEqual(['', []])
    await sandbox.clear('mes-not-instrumented')
    await settled((await priced()).orderId)
  })
})

test('telemetry that is late arrives half a minute later', { timeout: 60_000 }, async () => {
  await switchOn('mes-telemetry-late')
  const order = await priced()
  expect(ofMes(order)).toEqual([])
  await eventually('what was late', () => (ofMes(order).length > 0 ? true : undefined), 45_000)
})

describe('a clock', () => {
  const start = (span: SeenSpan) => Number(span.startTimeUnixNano / 1_000_000n)

  test.each([
    ['mes-clock-behind', 'mes', -90_000],
    ['shop-clock-slightly-behind', 'shop', -50],
    ['crm-clock-ahead', 'crm', 120_000],
  ] as const)('%s: everything %s tells is off by %d ms', async (fault, system, offMs) => {
    await switchOn(fault)
    const before = Date.now()
    const order = await priced()
    const answer = await fetch(`${sandbox[system]}/api/orders/${order.orderId}`)
    const after = Date.now()
    const spans = await eventually('its spans', () => {
      const found = receiver.ofOrder(order.orderId).filter(({ service }) => service === `${system}-api`)
      return found.length > 0 ? found : undefined
    })
    for (const span of spans) {
      expect(start(span)).toBeGreaterThanOrEqual(before + offMs - 1)
      expect(start(span)).toBeLessThanOrEqual(after + offMs + 1)
    }
    const told = Date.parse(answer.headers.get('date') ?? '')
    expect(told).toBeGreaterThanOrEqual(before + offMs - 1000)
    expect(told).toBeLessThanOrEqual(after + offMs)
    await sandbox.clear(fault)
    const next = await call(sandbox[system], 'GET', '/ping')
    expect(next.status).toBe(200)
  })

  test('steps while an order is priced', async () => {
    const reference = newReference()
    await sandbox.fault('mes-clock-steps', reference)
    const { orderId } = await priced(reference)
    const [span] = await eventually('the price', () => {
      const found = mesSpans(orderId).filter(({ name }) => name === 'order.status PRICE_CALCULATED')
      return found.length > 0 ? found : undefined
    })
    const submitted = mesSpans(orderId).find(({ name }) => name === 'order.status SUBMITTED')
    if (span === undefined || submitted === undefined) throw new Error('there is no such span')
    expect(start(span) - start(submitted)).toBeLessThan(-3_000)
    await sandbox.clear('mes-clock-steps')
  })
})

test('nothing that can be seen tells that a break was made on purpose', async () => {
  expect(wordsOfFaults(await everythingSeen(sandbox, receiver))).toEqual([])
})
