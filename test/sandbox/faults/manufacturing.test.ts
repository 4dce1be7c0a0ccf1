import { afterAll, beforeAll, describe, expect, test } from 'vitest'
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

const named = (orderId: string, name: string) => receiver.ofOrder(orderId).filter((span) => span.name === name)
const spans = (orderId: string, name: string, atLeast: number) =>
  eventually(`${atLeast} spans ${name}`, () => {
    const found = named(orderId, name)
    return found.length >= atLeast ? found : undefined
  })
const NEW_ORDER = 'mes.orders process'
const APPROVAL = 'mes.approvals process'

const newReference = () => `SYN-${crypto.randomUUID().slice(0, 8)}`

/** An order placed while `fault` is on for it. */
async function placed(fault: string) {
  const reference = newReference()
  await sandbox.fault(fault, reference)
  return people.places(reference)
}

/** An order that is priced, with `fault` on for it from then on. */
async function priced(fault: string) {
  const reference = newReference()
  const order = await people.places(reference)
  await people.sees('crm', order.orderId, 'PRICE_CALCULATED')
  await sandbox.fault(fault, reference)
  return order
}

async function approved(fault: string) {
  const order = await priced(fault)
  await people.act('crm', order.orderId, 'approve')
  await people.sees('mes', order.orderId, 'MANUFACTURING_APPROVED')
  return order
}

describe('a new order', () => {
  test.each([
    ['mes-rejects', NEW_ORDER],
    ['mes-rejects-approval', APPROVAL],
  ])('is tried three times and given up: %s', async (fault, name) => {
    const { orderId } = name === NEW_ORDER ? await placed(fault) : await priced(fault)
    if (name === APPROVAL) await people.act('crm', orderId, 'approve')
    const tries = await spans(orderId, name, 3)
    expect(tries.map((span) => [span.status.code, span.attributes['error.type']])).toEqual(
      Array(3).fill([2, 'TypeError']),
    )
  })

  test('that is rejected twice is taken at the third try', async () => {
    const { orderId } = await placed('mes-rejects-twice')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect((await spans(orderId, NEW_ORDER, 3)).map((span) => span.status.code)).toEqual([2, 2, 0])
  })

  test('goes round for ever, and is taken once that is over', async () => {
    const { orderId } = await placed('mes-requeues')
    await spans(orderId, NEW_ORDER, 5)
    await sandbox.clear('mes-requeues')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
  })

  test('that is put back once is taken at the second delivery', async () => {
    const { orderId } = await placed('mes-requeues-once')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect(await spans(orderId, NEW_ORDER, 2)).toHaveLength(2)
  })

  test('is taken and not settled, while others are', async () => {
    const { orderId } = await placed('mes-never-settles')
    const other = await people.places()
    await people.sees('crm', other.orderId, 'PRICE_CALCULATED')
    expect(await people.look('mes', orderId)).toBeUndefined()
    expect(named(orderId, NEW_ORDER)).toEqual([])
    await sandbox.clear('mes-never-settles')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
  })

  test('is acknowledged and swallowed', async () => {
    const { orderId } = await placed('mes-swallows')
    const [span] = await spans(orderId, NEW_ORDER, 1)
    expect(span?.status.code).toBe(0)
    expect(await people.look('mes', orderId)).toBeUndefined()
  })

  test('is announced twice and taken twice', async () => {
    const { orderId } = await placed('submitted-twice')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    const set = await eventually('the second taking', () => {
      const found = named(orderId, 'order.status SUBMITTED').filter(({ service }) => service === 'mes-api')
      return found.length === 2 ? found : undefined
    })
    expect(set).toHaveLength(2)
    expect(await spans(orderId, 'price.calculate', 2)).toHaveLength(2)
  })
})

describe('pricing', () => {
  test.each([
    ['model-unreadable', 1, 'UnreadableModel'],
    ['model-asked-wrongly', 3, 'NoSuchKey'],
  ])('fails for good: %s', async (fault, attempts, error) => {
    const { orderId } = await placed(fault)
    const tries = await spans(orderId, 'price.calculate', attempts)
    expect(tries.map((span) => span.attributes['error.type'])).toEqual(Array(attempts).fill(error))
    expect((await people.look('mes', orderId))?.status).toBe('SUBMITTED')
  })

  test('fails once and succeeds', async () => {
    const { orderId } = await placed('price-fails-once')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect((await spans(orderId, 'price.calculate', 2)).map((span) => span.status.code)).toEqual([2, 0])
  })

  test('does not end until that is cleared', async () => {
    const { orderId } = await placed('price-never-ends')
    const other = await people.places()
    await people.sees('crm', other.orderId, 'PRICE_CALCULATED')
    expect((await people.look('mes', orderId))?.status).toBe('SUBMITTED')
    await sandbox.clear('price-never-ends')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
  })

  test('gives a wrong price', async () => {
    const right = await people.places()
    const { orderId } = await placed('price-wrong')
    const { priceCents } = await people.sees('crm', right.orderId, 'PRICE_CALCULATED')
    const wrong = await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect(wrong.priceCents).toBe(Math.round((priceCents ?? 0) / 10))
  })

  test.each([
    ['price-not-published', 0],
    ['price-wrong-key', 1],
  ])('is stored and does not reach the CRM: %s', async (fault, announced) => {
    const { orderId } = await placed(fault)
    await people.sees('mes', orderId, 'PRICE_CALCULATED')
    const other = await people.places()
    await people.sees('crm', other.orderId, 'PRICE_CALCULATED')
    expect((await people.look('crm', orderId))?.status).toBe('SUBMITTED')
    await spans(other.orderId, 'order.announce', 2)
    expect(named(orderId, 'order.announce').filter(({ service }) => service === 'mes-api')).toHaveLength(announced)
  })
})

describe('making', () => {
  const make = async (orderId: string, verbs: readonly string[]) => {
    for (const verb of verbs) await people.act('mes', orderId, verb)
  }
  const told = (orderId: string) =>
    receiver
      .ofOrder(orderId)
      .filter(({ name, service }) => name === 'order.announce' && service === 'mes-api')
      .sort((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano))
      .map((span) => String(span.attributes['event.name']).replace('order.status.', ''))
      .slice(1)

  test('leaves one status out', async () => {
    const { orderId } = await approved('status-left-out')
    await make(orderId, ['take', 'complete', 'pack', 'ship'])
    const { history } = await people.sees('crm', orderId, 'SHIPPED')
    expect(history.map(({ status }) => status)).not.toContain('MANUFACTURING_COMPLETED')
    await eventually('the last message', () => (told(orderId).includes('shipped') ? true : undefined))
    expect(told(orderId)).toEqual(['manufacturing_started', 'packaging', 'shipped'])
  })

  test('tells statuses in the wrong order', async () => {
    const { orderId } = await approved('status-out-of-order')
    await make(orderId, ['take', 'complete', 'pack'])
    await people.sees('crm', orderId, 'PACKAGING')
    await eventually('both messages', () => (told(orderId).length === 3 ? true : undefined))
    expect(told(orderId)).toEqual(['manufacturing_started', 'packaging', 'manufacturing_completed'])
  })

  test('tells statuses under keys nothing is bound to', async () => {
    const { orderId } = await approved('status-wrong-key')
    await make(orderId, ['take'])
    await people.sees('mes', orderId, 'MANUFACTURING_STARTED')
    expect((await people.look('crm', orderId))?.status).toBe('MANUFACTURING_APPROVED')
  })

  test('answers a click and stores nothing', async () => {
    const { orderId } = await approved('click-not-stored')
    expect((await people.act('mes', orderId, 'take')).status).toBe('MANUFACTURING_STARTED')
    expect((await people.look('mes', orderId))?.status).toBe('MANUFACTURING_APPROVED')
  })

  test('shows an old first page, or none', async () => {
    const { orderId } = await approved('operators-page-stale')
    const page = async () => (await call(sandbox.mes, 'GET', '/api/orders')).text
    expect(await page()).not.toContain(orderId)
    await sandbox.clear('operators-page-stale')
    expect(await page()).toContain(orderId)
    await sandbox.processFault('operators-page-hangs')
    const waited = AbortSignal.timeout(700)
    await expect(fetch(`${sandbox.mes}/api/orders`, { signal: waited })).rejects.toThrow('timeout')
    await sandbox.clear('operators-page-hangs')
    expect(await page()).toContain(orderId)
  })

  test.each([
    ['status-api-nonsense', 200],
    ['status-api-refuses', 503],
  ])('answers questions badly and works all the same: %s', async (fault, status) => {
    const { orderId } = await placed(fault)
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    const answer = await call(sandbox.mes, 'GET', `/api/orders/${orderId}`)
    expect([answer.status, answer.text.includes(orderId)]).toEqual([status, false])
  })
})

describe('an order of a partner', () => {
  const partner = async (fault: string) => {
    const reference = newReference()
    await sandbox.fault(fault, reference)
    return people.partnerPlaces(reference)
  }

  test('is never announced to the CRM', async () => {
    const { orderId } = await partner('partner-order-not-announced')
    await people.sees('mes', orderId, 'PRICE_CALCULATED')
    expect(await people.look('crm', orderId)).toBeUndefined()
  })

  test('is announced twice, and CRM writes it again', async () => {
    const { orderId } = await partner('partner-order-announced-twice')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect(await spans(orderId, 'crm.partner-orders process', 2)).toHaveLength(2)
    expect((await spans(orderId, 'order.status SUBMITTED', 3)).map(({ attributes }) => attributes.component)).toContain(
      'crm-api',
    )
  })
})

describe('MES DB', () => {
  test('refuses for a while', async () => {
    await sandbox.processFault('mes-db-refuses')
    const { orderId } = await people.places()
    expect((await call(sandbox.mes, 'GET', `/api/orders/${orderId}`)).status).toBe(500)
    await sandbox.clear('mes-db-refuses')
    expect((await call(sandbox.mes, 'GET', `/api/orders/${orderId}`)).status).not.toBe(500)
  })

  test('comes back with an older state', async () => {
    const reference = 'SYN-older'
    const { orderId } = await people.places(reference)
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    await people.act('crm', orderId, 'approve')
    await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
    await sandbox.processFault('mes-db-set-back')
    await people.act('mes', orderId, 'take')
    await people.sees('crm', orderId, 'MANUFACTURING_STARTED')
    await sandbox.clear('mes-db-set-back')
    const seen = await people.look('mes', orderId)
    expect([seen?.status, seen?.history.at(-1)?.status]).toEqual(['MANUFACTURING_APPROVED', 'MANUFACTURING_APPROVED'])
    expect((await people.act('mes', orderId, 'take')).status).toBe('MANUFACTURING_STARTED')
  })
})

test('a heavy model is priced again and again where the broker waits less long than pricing takes', {
  timeout: 90_000,
}, async () => {
  const cell = await sandbox.openCell({ consumerTimeoutMs: 1_000 })
  const there = createPeople(cell)
  const control = { authorization: `Bearer ${cell.control.token}` }
  await fetch(`${cell.control.url}/faults/mes-acknowledges-late`, {
    method: 'PUT',
    headers: control,
    body: JSON.stringify({ scope: { kind: 'process' } }),
  })
  const light = await there.places()
  await there.sees('crm', light.orderId, 'PRICE_CALCULATED')
  const heavy = (await there.create('SYN-heavy')).json() as { orderId: string }
  await call(cell.shop, 'POST', `/api/orders/${heavy.orderId}/constructor`, { body: { triangles: 60_000 } })
  await there.submit(heavy.orderId)
  const tries = await spans(heavy.orderId, 'price.calculate', 2)
  expect(tries.every(({ status }) => status.code === 2)).toBe(true)
  expect((await there.look('mes', heavy.orderId))?.status).toBe('SUBMITTED')
  await sandbox.removeCell(cell.cell)
})

test('nothing that can be seen tells that a break was made on purpose', async () => {
  const seen = await everythingSeen(sandbox, receiver)
  expect(seen).toContain('could not serialize access')
  expect(wordsOfFaults(seen)).toEqual([])
})
