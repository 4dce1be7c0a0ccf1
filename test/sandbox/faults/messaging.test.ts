import { connect } from 'amqplib'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { everythingSeen, wordsOfFaults } from '../support/everything-seen.ts'
import { createPeople } from '../support/people.ts'
import { type Receiver, type SeenSpan, SPAN_KIND, startReceiver } from '../support/receiver.ts'
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

async function switchOn(fault: string, kind: 'process' | 'broker') {
  on = fault
  await (kind === 'broker' ? sandbox.brokerFault(fault) : sandbox.processFault(fault))
}

/** An order that is priced and then approved while `fault` is on. */
async function approvedUnder(fault: string, kind: 'process' | 'broker') {
  const { orderId } = await people.places()
  await people.sees('crm', orderId, 'PRICE_CALCULATED')
  await switchOn(fault, kind)
  await people.act('crm', orderId, 'approve')
  return orderId
}

async function queue(name: string) {
  const connection = await connect(sandbox.amqp)
  try {
    return await (await connection.createChannel()).checkQueue(name)
  } finally {
    await connection.close()
  }
}
const waiting = (name: string, messages: number) =>
  eventually(`${messages} messages in ${name}`, async () => {
    const found = await queue(name)
    return found.messageCount === messages ? found : undefined
  })

test.each([
  ['orders-consumer-down', 'mes.orders', 'crm'],
  ['statuses-consumer-down', 'crm.statuses', 'mes'],
] as const)('%s: messages wait in %s until somebody takes them', async (fault, name, last) => {
  await switchOn(fault, 'process')
  const { orderId } = await people.places()
  const { consumerCount } = await waiting(name, 1)
  expect(consumerCount).toBe(0)
  expect((await people.look(last, orderId))?.status).toBe(last === 'crm' ? 'SUBMITTED' : 'PRICE_CALCULATED')
  await sandbox.clear(fault)
  await people.sees('crm', orderId, 'PRICE_CALCULATED')
})

test('approvals-consumer-down: an approval waits', async () => {
  const orderId = await approvedUnder('approvals-consumer-down', 'process')
  await waiting('mes.approvals', 1)
  await sandbox.clear('approvals-consumer-down')
  await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
})

test('a consumer with all in hand that it may have gets no further order', async () => {
  await switchOn('orders-consumer-hangs', 'broker')
  await waiting('mes.orders', 0)
  const { orderId } = await people.places()
  expect((await waiting('mes.orders', 1)).consumerCount).toBe(1)
  await sandbox.clear('orders-consumer-hangs')
  await people.sees('crm', orderId, 'PRICE_CALCULATED')
})

describe('a message is gone', () => {
  test.each(['orders-queue-unbound', 'orders-queue-purged', 'orders-queue-expires'])(
    '%s: the new order',
    async (fault) => {
      await switchOn(fault, 'broker')
      const { orderId } = await people.places()
      if (fault !== 'orders-queue-unbound') await waiting('mes.orders', 1)
      await waiting('mes.orders', 0)
      await sandbox.clear(fault)
      const next = await people.places()
      await people.sees('crm', next.orderId, 'PRICE_CALCULATED')
      expect(await people.look('mes', orderId)).toBeUndefined()
      expect((await queue('mes.orders.retry')).messageCount).toBe(0)
    },
  )

  test.each(['approvals-queue-unbound', 'approvals-queue-purged'])('%s: the approval', async (fault) => {
    const orderId = await approvedUnder(fault, 'broker')
    if (fault === 'approvals-queue-purged') await waiting('mes.approvals', 1)
    await waiting('mes.approvals', 0)
    await sandbox.clear(fault)
    const next = await people.places()
    await people.sees('crm', next.orderId, 'PRICE_CALCULATED')
    expect((await people.look('mes', orderId))?.status).toBe('PRICE_CALCULATED')
  })

  test.each(['statuses-queue-unbound', 'statuses-queue-purged'])('%s: the price', async (fault) => {
    await switchOn(fault, 'broker')
    const { orderId } = await people.places()
    await people.sees('mes', orderId, 'PRICE_CALCULATED')
    if (fault === 'statuses-queue-purged') await waiting('crm.statuses', 1)
    await waiting('crm.statuses', 0)
    await sandbox.clear(fault)
    const next = await people.places()
    await people.sees('crm', next.orderId, 'PRICE_CALCULATED')
    expect((await people.look('crm', orderId))?.status).toBe('SUBMITTED')
  })
})

describe('the trace of an order', () => {
  const consumer = (orderId: string, name: string) =>
    eventually(`the consumer span of ${name}`, () =>
      receiver.ofOrder(orderId).find((span) => span.name === `${name} process` && span.kind === SPAN_KIND.consumer),
    )
  const known = (span: SeenSpan) => receiver.spans.some(({ spanId }) => spanId === span.parentSpanId)
  const under = async (fault: string) => {
    const reference = newReference()
    await sandbox.fault(fault, reference)
    const { orderId } = await people.places(reference)
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    await people.act('crm', orderId, 'approve')
    await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
    return orderId
  }

  test.each([
    ['context-not-extracted', 'mes.orders'],
    ['approval-context-not-extracted', 'mes.approvals'],
    ['price-context-not-extracted', 'crm.statuses'],
    ['price-without-context', 'crm.statuses'],
  ])('%s: ends before %s', async (fault, name) => {
    const span = await consumer(await under(fault), name)
    expect([span.parentSpanId ?? '', span.links]).toEqual(['', []])
  })

  test.each(['status-context-not-extracted', 'status-without-context'])('%s: ends before the CRM', async (fault) => {
    const orderId = await under(fault)
    const { traceId } = await people.act('mes', orderId, 'take')
    await people.sees('crm', orderId, 'MANUFACTURING_STARTED')
    const set = await eventually('the span of the CRM', () =>
      receiver
        .ofOrder(orderId)
        .find(({ name, service }) => service === 'crm-api' && name === 'order.status MANUFACTURING_STARTED'),
    )
    expect(set.traceId).not.toBe(traceId)
  })

  test('is lost at a bridge that hands on only the headers it knows, and the order goes on', async () => {
    await switchOn('orders-bridged-without-headers', 'broker')
    const { orderId } = await people.places()
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect((await consumer(orderId, 'mes.orders')).parentSpanId ?? '').toBe('')
    await sandbox.clear('orders-bridged-without-headers')
    const next = await people.places()
    const span = await consumer(next.orderId, 'mes.orders')
    expect(known(span)).toBe(true)
  })

  test('holds two orders where MES consumes inside one long span', async () => {
    await switchOn('orders-consumed-in-one-span', 'process')
    const orders = [await people.places(), await people.places()]
    const spans = await Promise.all(orders.map(({ orderId }) => consumer(orderId, 'mes.orders')))
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
    await sandbox.clear('orders-consumed-in-one-span')
    await eventually('the long span', () => receiver.spans.find(({ name }) => name === 'mes.orders receive'))
  })
})

test('nothing that can be seen tells that a break was made on purpose', async () => {
  expect(wordsOfFaults(await everythingSeen(sandbox, receiver))).toEqual([])
})
