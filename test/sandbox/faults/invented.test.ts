import { connect } from 'amqplib'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { everythingSeen, wordsOfFaults } from '../support/everything-seen.ts'
import { call, createPeople } from '../support/people.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type RunningSandbox, startSandbox } from '../support/sandbox.ts'

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

const newReference = () => `SYN-${crypto.randomUUID().slice(0, 8)}`
/** Places an order under a fault that is for it alone. */
const places = async (fault: string) => {
  const reference = newReference()
  await sandbox.fault(fault, reference)
  return people.places(reference)
}
const priced = async (orderId: string) => people.sees('crm', orderId, 'PRICE_CALCULATED')
const approve = async (orderId: string) => {
  await priced(orderId)
  await people.act('crm', orderId, 'approve')
}
/** Another order is priced and approved, so that what was to come has had its time. */
const anotherIsApproved = async () => {
  const { orderId } = await people.places()
  await approve(orderId)
  await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
}
const idsUnder = async (reference: string, url: string): Promise<readonly string[]> => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ order_id: string }>(
    'SELECT order_id FROM orders WHERE external_reference = $1',
    [reference],
  )
  await client.end()
  return rows.map((row) => row.order_id)
}
const waitingIn = async (queue: string): Promise<number> => {
  const connection = await connect(sandbox.amqp)
  try {
    return (await (await connection.createChannel()).checkQueue(queue)).messageCount
  } finally {
    await connection.close()
  }
}
const modelOf = async (orderId: string) => (await call(sandbox.crm, 'GET', `/api/orders/${orderId}/model`)).status

test('shop-answers-from-cache: a new order gets the id of the last one, and no row', async () => {
  const last = (await people.create(newReference())).json() as { orderId: string }
  const reference = newReference()
  await sandbox.fault('shop-answers-from-cache', reference)
  const answer = await people.create(reference)
  expect([answer.status, answer.json()]).toEqual([201, { orderId: last.orderId, status: 'INITIATED' }])
  expect(await idsUnder(reference, sandbox.shopDb)).toEqual([])
  await sandbox.clear('shop-answers-from-cache')
  const { orderId } = (await people.create(reference)).json() as { orderId: string }
  expect(await idsUnder(reference, sandbox.shopDb)).toEqual([orderId])
})

test('model-cleared-away: the model is gone once the order is priced', async () => {
  const { orderId } = await places('model-cleared-away')
  await priced(orderId)
  await eventually('the model to be gone', async () => ((await modelOf(orderId)) >= 400 ? true : undefined))
  await sandbox.clear('model-cleared-away')
  const next = await people.places()
  await approve(next.orderId)
  expect(await modelOf(next.orderId)).toBe(200)
})

test('price-in-other-unit: the CRM keeps a hundredth of the price of MES, also after the next status', async () => {
  const { orderId } = await places('price-in-other-unit')
  await approve(orderId)
  await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
  await people.act('mes', orderId, 'take')
  const seen = await people.sees('crm', orderId, 'MANUFACTURING_STARTED')
  const cents = (await people.look('mes', orderId))?.priceCents ?? 0
  expect(seen.priceCents).toBe(Math.round(cents / 100))
  expect(cents).toBeGreaterThan(1_000)
  await sandbox.clear('price-in-other-unit')
  await people.act('mes', orderId, 'complete')
  const mended = await people.sees('crm', orderId, 'MANUFACTURING_COMPLETED')
  expect(mended.priceCents).toBe(cents)
})

test('crm-reads-from-two-copies: looks go back and forth for 3 s and then agree', async () => {
  const { orderId } = await places('crm-reads-from-two-copies')
  await priced(orderId)
  const twoLooks = async () => [await people.look('crm', orderId), await people.look('crm', orderId)]
  const early = (await twoLooks()).map((seen) => seen?.status)
  expect(early.filter((status) => status === 'PRICE_CALCULATED')).toHaveLength(1)
  const [one, other] = await eventually('both copies to agree', async () => {
    const looks = await twoLooks()
    return looks.every((seen) => seen?.status === 'PRICE_CALCULATED') ? looks : undefined
  })
  expect(one).toEqual(other)
  await people.act('crm', orderId, 'approve')
  await sandbox.clear('crm-reads-from-two-copies')
  expect((await twoLooks()).map((seen) => seen?.status)).toEqual(['MANUFACTURING_APPROVED', 'MANUFACTURING_APPROVED'])
})

test('order-locked-in-mes: the approval is in hand until the session ends', async () => {
  const { orderId } = await places('order-locked-in-mes')
  await approve(orderId)
  await anotherIsApproved()
  expect(await people.look('mes', orderId)).toMatchObject({ status: 'PRICE_CALCULATED' })
  expect(await waitingIn('mes.approvals')).toBe(0)
  await sandbox.clear('order-locked-in-mes')
  await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
})

test('approvals-taken-by-stranger: the approval is acknowledged elsewhere', async () => {
  await sandbox.brokerFault('approvals-taken-by-stranger')
  const { orderId } = await people.places()
  await approve(orderId)
  await sandbox.clear('approvals-taken-by-stranger')
  await anotherIsApproved()
  expect(await people.look('mes', orderId)).toMatchObject({ status: 'PRICE_CALCULATED' })
  expect(await waitingIn('mes.approvals')).toBe(0)
})

test('order-closed-by-hand: the CRM has the order closed, and MES still has to make it', async () => {
  const { orderId } = await places('order-closed-by-hand')
  await approve(orderId)
  const { history } = await people.sees('crm', orderId, 'CLOSED')
  expect(history.slice(-2).map(({ status }) => status)).toEqual(['MANUFACTURING_APPROVED', 'CLOSED'])
  await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
  await sandbox.clear('order-closed-by-hand')
})

test('partner-order-tried-twice: one placement makes two orders in both systems', async () => {
  const reference = newReference()
  await sandbox.fault('partner-order-tried-twice', reference)
  const { orderId } = await people.partnerPlaces(reference)
  const born = await idsUnder(reference, sandbox.mesDb)
  expect([born.length, born.includes(orderId)]).toEqual([2, true])
  for (const id of born) await priced(id)
  expect((await idsUnder(reference, sandbox.shopDb)).toSorted()).toEqual(born.toSorted())
  await sandbox.clear('partner-order-tried-twice')
  const next = await people.partnerPlaces()
  expect(await idsUnder(next.reference, sandbox.mesDb)).toEqual([next.orderId])
})

test('mes-attributes-cut: the spans of MES carry the beginning of an order id', async () => {
  await sandbox.processFault('mes-attributes-cut')
  const { orderId } = await people.places()
  await priced(orderId)
  const calculated = (id: string) => () =>
    receiver.ofOrder(id).find(({ service, name }) => service === 'mes-api' && name === 'price.calculate')
  await eventually('a span with the cut id', calculated(orderId.slice(0, 24)))
  expect(receiver.ofOrder(orderId).filter(({ service }) => service === 'mes-api')).toEqual([])
  await sandbox.clear('mes-attributes-cut')
  const next = await people.places()
  await eventually('a span with the whole id', calculated(next.orderId))
})

test('mes-acknowledges-first: MES dies with the order, and comes back without it', async () => {
  const { orderId } = await places('mes-acknowledges-first')
  await eventually('the end of MES', () => (/mes-api .*; starting it again/.test(sandbox.said()) ? true : undefined))
  await anotherIsApproved()
  expect(await people.look('mes', orderId)).toBeUndefined()
  expect(await waitingIn('mes.orders')).toBe(0)
  await sandbox.clear('mes-acknowledges-first')
  await anotherIsApproved()
  expect(sandbox.said().match(/mes-api .*; starting it again/g)).toHaveLength(1)
})

test('nothing that can be seen from outside names a fault', async () => {
  expect(wordsOfFaults(await everythingSeen(sandbox, receiver))).toEqual([])
})
