import { type ChannelModel, type ConsumeMessage, connect } from 'amqplib'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { everythingSeen, wordsOfFaults } from '../support/everything-seen.ts'
import { call, createPeople, type System, tetrahedron } from '../support/people.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { type RunningSandbox, startSandbox } from '../support/sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let people: ReturnType<typeof createPeople>
let connection: ChannelModel
/** All messages of exchange `orders`, as one more queue of it gets them. */
const sent: ConsumeMessage[] = []
const heard: string[] = []

beforeAll(async () => {
  receiver = await startReceiver()
  sandbox = await startSandbox(receiver.url)
  people = createPeople(sandbox)
  connection = await connect(sandbox.amqp)
  const channel = await connection.createChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.bindQueue(queue, 'orders', '#')
  await channel.consume(queue, (message) => void (message !== null && sent.push(message)), { noAck: true })
})

afterAll(async () => {
  await connection?.close()
  await sandbox?.stop()
  await receiver?.close()
})

const messagesOf = (orderId: string) => sent.filter(({ properties }) => properties.correlationId === orderId)
const message = (orderId: string, key: string) =>
  eventually(`a message ${key}`, () => messagesOf(orderId).find(({ fields }) => fields.routingKey === key))
const listed = async (system: 'crm' | 'mes', orderId: string) => {
  const { json } = await call(sandbox[system], 'GET', '/api/orders')
  return (json() as { orders: { orderId: string; priceCents: number | null }[] }).orders.find(
    (each) => each.orderId === orderId,
  )
}
const row = async (url: string, orderId: string, columns: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<Record<string, unknown>>(`SELECT ${columns} FROM orders WHERE order_id = $1`, [
    orderId,
  ])
  await client.end()
  return rows[0]
}
/** Places an order under a fault that is for it alone. */
const places = async (...faults: readonly string[]) => people.places(await under(...faults))
/** Places one that takes two seconds to price. */
const placesHeavy = async (fault: string) => people.places(await under(fault), heavyModel())
const under = async (...faults: readonly string[]) => {
  const reference = `SYN-${crypto.randomUUID().slice(0, 8)}`
  for (const fault of faults) await sandbox.fault(fault, reference)
  return reference
}
const heavyModel = (): Buffer => {
  const light = tetrahedron()
  const header = Buffer.from(light.subarray(0, 84))
  header.writeUInt32LE(40_000, 80)
  return Buffer.concat([header, ...Array.from({ length: 10_000 }, () => light.subarray(84))])
}
/** Another order goes by, so that what was to come has had its time. */
const anotherReaches = async (system: System, status: string) => {
  const { orderId } = await people.places()
  await people.sees(system, orderId, status)
}
const approved = async (orderId: string) => {
  await people.sees('crm', orderId, 'PRICE_CALCULATED')
  await people.act('crm', orderId, 'approve')
  await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
}

describe('the way from the shop to manufacturing', () => {
  test('ends at the row when the CRM does not read it, and goes on when it does again', async () => {
    const { orderId } = await places('crm-reader-stops')
    await anotherReaches('mes', 'SUBMITTED')
    expect(await people.look('crm', orderId)).toBeUndefined()
    await sandbox.clear('crm-reader-stops')
    await people.sees('mes', orderId, 'PRICE_CALCULATED')
  })

  test('ends at the broker when the key is bound to nothing', async () => {
    const { orderId } = await places('submitted-wrong-key')
    await message(orderId, 'order.placed')
    await anotherReaches('mes', 'PRICE_CALCULATED')
    expect(await people.look('mes', orderId)).toBeUndefined()
  })

  test('is gone twice, by two messages', async () => {
    const { orderId } = await places('submitted-twice')
    await eventually('both messages', () => (messagesOf(orderId).length > 1 ? true : undefined))
    const ids = messagesOf(orderId).map(({ properties }) => String(properties.messageId))
    expect(new Set(ids).size).toBe(2)
  })

  test('loses the mark of a test order', async () => {
    const { orderId } = await places('mark-not-forwarded')
    const { properties } = await message(orderId, 'order.submitted')
    const { synthetic, baggage, traceparent } = properties.headers ?? {}
    expect([synthetic, baggage, typeof traceparent]).toEqual([undefined, undefined, 'string'])
    await people.sees('mes', orderId, 'PRICE_CALCULATED')
    expect(await row(sandbox.mesDb, orderId, 'synthetic')).toEqual({ synthetic: false })
  })

  test('loses the trace where the CRM does not hand it on', async () => {
    const { orderId } = await places('submitted-without-context', 'approval-without-context')
    await approved(orderId)
    for (const key of ['order.submitted', 'order.approved']) {
      const { properties } = await message(orderId, key)
      expect(properties.headers?.traceparent).toBeUndefined()
      expect(properties.headers?.['order-id']).toBe(orderId)
    }
  })

  test('carries a name and an e-mail address in the head of the message', async () => {
    const { orderId } = await places('personal-data-in-headers')
    const { properties } = await message(orderId, 'order.submitted')
    expect(Object.values(properties.headers ?? {})).toEqual(
      expect.arrayContaining(['Planted Name', 'planted@example.com']),
    )
  })
})

describe('an order that is being priced', () => {
  test('is deleted in MES DB by hand', async () => {
    const { orderId } = await placesHeavy('order-deleted-in-mes')
    await eventually('the calculation', () => receiver.ofOrder(orderId).find(({ name }) => name === 'price.calculate'))
    expect(await people.look('mes', orderId)).toBeUndefined()
    expect(await people.look('crm', orderId)).toMatchObject({ status: 'SUBMITTED' })
  })

  test('is changed in both databases by hand', async () => {
    const { orderId } = await placesHeavy('order-changed-by-hand')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    const shop = await row(sandbox.shopDb, orderId, 'item, model_sha256')
    const mes = await row(sandbox.mesDb, orderId, 'model_sha256')
    expect([shop?.item, shop?.model_sha256]).toEqual(['a pendant', mes?.model_sha256])
    const { content } = await message(orderId, 'order.submitted')
    expect(content.toString('utf8')).not.toContain(String(mes?.model_sha256))
  })
})

describe('the price', () => {
  test('is swallowed by the CRM', async () => {
    const { orderId } = await places('price-swallowed')
    await people.sees('mes', orderId, 'PRICE_CALCULATED')
    await anotherReaches('crm', 'PRICE_CALCULATED')
    expect(await people.look('crm', orderId)).toMatchObject({ status: 'SUBMITTED', priceCents: null })
    const consumed = receiver.ofOrder(orderId).filter(({ name }) => name === 'crm.statuses process')
    expect(consumed.map(({ status }) => status.code)).toEqual([0])
  })

  test('is rejected by the CRM until the message is given up', async () => {
    const { orderId } = await places('price-rejected')
    const channel = await connection.createChannel()
    const dead = await eventually('the dead letter', async () => (await channel.get('orders.dead')) || undefined)
    channel.ack(dead)
    await channel.close()
    expect(dead.properties.correlationId).toBe(orderId)
    expect(await people.look('crm', orderId)).toMatchObject({ status: 'SUBMITTED' })
  })

  test('is there and not in the list of the seller, or the whole order is not', async () => {
    const { orderId } = await places('price-not-shown')
    const { orderId: unlisted } = await places('seller-list-stale')
    for (const each of [orderId, unlisted]) await people.sees('crm', each, 'PRICE_CALCULATED')
    expect(await listed('crm', orderId)).toMatchObject({ priceCents: null })
    expect(await listed('crm', unlisted)).toBeUndefined()
    await sandbox.clear('price-not-shown')
    await sandbox.clear('seller-list-stale')
    for (const each of [orderId, unlisted])
      expect(await listed('crm', each)).toMatchObject({ priceCents: expect.any(Number) })
  })

  test('is in nobody’s list while the whole list is an old one', async () => {
    await sandbox.processFault('seller-list-stale')
    const { orderId } = await people.places()
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect(await listed('crm', orderId)).toBeUndefined()
    await sandbox.clear('seller-list-stale')
    expect(await listed('crm', orderId)).toBeDefined()
  })
})

describe('the approval', () => {
  test('is answered and not stored', async () => {
    const { orderId } = await places('approval-not-stored')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    expect(await people.act('crm', orderId, 'approve')).toMatchObject({ status: 'MANUFACTURING_APPROVED' })
    expect(await people.look('crm', orderId)).toMatchObject({ status: 'PRICE_CALCULATED' })
    expect(messagesOf(orderId).map(({ fields }) => fields.routingKey)).toEqual(['order.submitted'])
  })

  test('is told under a key bound to nothing', async () => {
    const { orderId } = await places('approval-wrong-key')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    await people.act('crm', orderId, 'approve')
    await message(orderId, 'order.confirmed')
    expect(await people.look('mes', orderId)).toMatchObject({ status: 'PRICE_CALCULATED' })
  })
})

describe('what manufacturing tells the CRM', () => {
  const made = async (orderId: string, verbs: readonly string[]) => {
    await approved(orderId)
    for (const verb of verbs) await people.act('mes', orderId, verb)
  }

  test('is overwritten with something older', async () => {
    const { orderId } = await places('crm-writes-old-status')
    await made(orderId, ['take', 'complete', 'pack'])
    const seen = await eventually('the old status', async () => {
      const now = await people.look('crm', orderId)
      return now?.history.some(({ status }) => status === 'PACKAGING') ? now : undefined
    })
    await people.sees('crm', orderId, 'MANUFACTURING_STARTED')
    expect(seen.history.filter(({ status }) => status === 'MANUFACTURING_STARTED').length).toBeGreaterThan(0)
    expect(await people.look('mes', orderId)).toMatchObject({ status: 'PACKAGING' })
  })

  test('is taken for something else, and the two systems differ', async () => {
    const { orderId } = await places('crm-maps-wrong')
    await made(orderId, ['take', 'complete', 'pack', 'ship'])
    await eventually('the message about the parcel', () => {
      const set = receiver.ofOrder(orderId).filter(({ service }) => service === 'crm-api')
      return set.filter(({ name }) => name === 'order.status PACKAGING').length > 1 ? true : undefined
    })
    expect(await people.look('crm', orderId)).toMatchObject({ status: 'PACKAGING' })
    expect(await people.look('mes', orderId)).toMatchObject({ status: 'SHIPPED' })
  })

  test('is all told, and the carrier keeps the delivery to itself', async () => {
    const { orderId } = await places('carrier-says-nothing')
    await made(orderId, ['take', 'complete', 'pack', 'ship'])
    await people.sees('crm', orderId, 'SHIPPED')
    expect(await people.delivers(orderId)).toMatchObject({ orderId })
    expect(await people.look('crm', orderId)).toMatchObject({ status: 'SHIPPED' })
    await sandbox.clear('carrier-says-nothing')
    await people.delivers(orderId)
    expect(await people.look('crm', orderId)).toMatchObject({ status: 'CLOSED' })
  })
})

describe('the partner door', () => {
  const order = (reference: string) =>
    call(sandbox.mes, 'POST', '/partner/orders', {
      body: tetrahedron(),
      headers: { 'content-type': 'model/stl', 'x-partner-id': 'synthetic-partner', 'x-external-reference': reference },
    })

  test('refuses, or says created and keeps nothing', async () => {
    await sandbox.fault('partner-door-fails', 'SYN-refused')
    await sandbox.fault('partner-door-forgets', 'SYN-forgotten')
    const [refused, forgotten, good] = [
      await order('SYN-refused'),
      await order('SYN-forgotten'),
      await order('SYN-good'),
    ]
    heard.push(refused.text, forgotten.text)
    expect([refused.status, forgotten.status, good.status]).toEqual([500, 201, 201])
    const { orderId } = forgotten.json() as { orderId: string }
    expect((await call(sandbox.mes, 'GET', `/partner/orders/${orderId}`)).status).toBe(404)
    expect((await people.partnerPlaces()).status).toBe('SUBMITTED')
  })
})

test('nothing that can be seen from outside names a fault', async () => {
  const heads = JSON.stringify(sent.map(({ fields, properties }) => [fields, properties]))
  const seen = [await everythingSeen(sandbox, receiver), heads, ...heard].join('\n')
  expect(seen.includes('integer out of range')).toBe(true)
  expect(wordsOfFaults(seen)).toEqual([])
})
