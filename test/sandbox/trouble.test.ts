import { connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from './support/eventually.ts'
import { everythingSeen, wordsOfFaults } from './support/everything-seen.ts'
import { call, createPeople } from './support/people.ts'
import { descendants, processes } from './support/processes.ts'
import { type Receiver, type SeenSpan, startReceiver } from './support/receiver.ts'
import { type RunningSandbox, runFolderOf, startSandbox } from './support/sandbox.ts'

let receiver: Receiver
let sandbox: RunningSandbox
let people: ReturnType<typeof createPeople>
const heard: string[] = []

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

describe('faults, for one order only', () => {
  test('the price calculation throws three times, then the order keeps its error', async () => {
    await sandbox.fault('price-throws', 'SYN-throws')
    const { orderId } = await people.places('SYN-throws')
    const failed = await eventually('three failed attempts', () => {
      const spans = named(orderId, 'price.calculate').filter((span) => span.status.code === 2)
      return spans.length >= 3 ? spans : undefined
    })
    expect(failed.map((span) => span.attributes['price.attempt'])).toEqual([1, 2, 3])
    for (const span of failed) {
      expect(span.attributes['error.type']).toBe('RangeError')
      expect(span.events.map((event) => event.name)).toEqual(['exception'])
    }
    const other = await people.places()
    await people.sees('crm', other.orderId, 'PRICE_CALCULATED')
    expect(named(orderId, 'price.calculate')).toHaveLength(3)
    expect(await people.look('mes', orderId)).toMatchObject({ status: 'SUBMITTED', priceCents: null })
  })

  test('the price is worked out and never stored or published', async () => {
    await sandbox.fault('price-not-stored', 'SYN-not-stored')
    const { orderId } = await people.places('SYN-not-stored')
    const [work] = await eventually('the calculation', () => {
      const spans = named(orderId, 'price.calculate')
      return spans.length > 0 ? spans : undefined
    })
    expect(work?.status.code).toBe(0)
    const other = await people.places()
    await people.sees('crm', other.orderId, 'PRICE_CALCULATED')
    expect(await people.look('mes', orderId)).toMatchObject({ status: 'SUBMITTED' })
    expect(named(orderId, 'publish manufacturing')).toEqual([])
  })

  test('CRM takes the row and publishes nothing', async () => {
    await sandbox.fault('crm-takes-without-publishing', 'SYN-silent')
    const { orderId } = await people.places('SYN-silent')
    await people.sees('crm', orderId, 'SUBMITTED')
    const other = await people.places()
    await people.sees('crm', other.orderId, 'PRICE_CALCULATED')
    expect(await people.look('mes', orderId)).toBeUndefined()
    expect(named(orderId, 'order.take')).toHaveLength(1)
    expect(named(orderId, 'publish orders')).toEqual([])
  })

  test('MES does not read the trace context, and the order goes on in another trace', async () => {
    await sandbox.fault('context-not-extracted', 'SYN-unread')
    const { orderId } = await people.places('SYN-unread')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    const one = (name: string) => eventually(name, () => named(orderId, name)[0])
    const [sent, received] = [await one('publish orders'), await one('mes.orders process')]
    expect([received.parentSpanId ?? '', received.links]).toEqual(['', []])
    expect(received.traceId).not.toBe(sent.traceId)
  })

  test('the shop answers 500, or says created and forgets', async () => {
    await sandbox.fault('shop-create-fails', 'SYN-500')
    await sandbox.fault('shop-forgets', 'SYN-forgotten')
    const failed = await people.create('SYN-500')
    const forgotten = await people.create('SYN-forgotten')
    heard.push(failed.text, forgotten.text)
    expect([failed.status, forgotten.status]).toEqual([500, 201])
    const { orderId } = forgotten.json() as { orderId: string }
    expect(await people.look('shop', orderId)).toBeUndefined()
    const span = await eventually('the failed request', () =>
      receiver.spans.find(
        (each) => each.attributes['order.reference'] === 'SYN-500' && each.name === 'POST /api/orders',
      ),
    )
    expect([span.status.code, span.events.map((event) => event.attributes['exception.type'])]).toEqual([2, ['Error']])
  })
})

describe('a process that is gone', { timeout: 90_000 }, () => {
  const mesProcess = async () => {
    const all = await descendants(sandbox.process.pid ?? 0)
    return all.find(({ command }) => command.includes('sandbox/mes/main.ts'))
  }

  test('MES stays down as long as it is told to, and works off its queue afterwards', async () => {
    await sandbox.processFault('mes-down')
    expect(await mesProcess()).toBeUndefined()
    const { orderId } = await people.places()
    await people.sees('crm', orderId, 'SUBMITTED')
    expect(await mesProcess()).toBeUndefined()
    await sandbox.clear('mes-down')
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
  })

  test('a killed service is started again, keeps its switches and resumes what it had begun', async () => {
    const created = (await people.create('SYN-resumed')).json() as { orderId: string }
    const { orderId } = created
    await call(sandbox.shop, 'POST', `/api/orders/${orderId}/constructor`, { body: { triangles: 40_000 } })
    await people.submit(orderId)
    await people.sees('mes', orderId, 'SUBMITTED')
    const before = await mesProcess()
    process.kill(before?.pid ?? 0, 'SIGKILL')
    await eventually('the restart', () =>
      sandbox.said().includes('mes-api was ended by SIGKILL; starting it again.') ? true : undefined,
    )
    await people.sees('crm', orderId, 'PRICE_CALCULATED')
    const resumed = await eventually('the resumption', () => named(orderId, 'price.resume')[0])
    expect(resumed.links).toHaveLength(1)

    const again = await people.places('SYN-throws')
    await eventually('a failed attempt', () =>
      named(again.orderId, 'price.calculate').find((span) => span.status.code === 2),
    )
  })
})

describe('messages', () => {
  const approval = (orderId: string) => ({
    orderId,
    externalReference: 'SYN-message',
    customerId: 'synthetic-7',
    synthetic: true,
    at: new Date().toISOString(),
    approvedBy: 'seller',
  })

  async function withChannel<T>(
    work: (channel: Awaited<ReturnType<Awaited<ReturnType<typeof connect>>['createConfirmChannel']>>) => Promise<T>,
  ) {
    const connection = await connect(sandbox.amqp)
    try {
      return await work(await connection.createConfirmChannel())
    } finally {
      await connection.close()
    }
  }

  const consumed = (orderId: string): readonly SeenSpan[] =>
    receiver.spans.filter(
      (span) => span.name === 'mes.approvals process' && span.attributes['messaging.conversation_id'] === orderId,
    )

  test('that fail three times end in the terminal queue, counted by the broker', async () => {
    const orderId = crypto.randomUUID()
    await withChannel(async (channel) => {
      const body = Buffer.from(JSON.stringify(approval(orderId)))
      channel.publish('orders', 'order.approved', body, {
        correlationId: orderId,
        messageId: 'm-1',
        type: 'order.approved',
      })
      await channel.waitForConfirms()
      const dead = await eventually('the dead letter', async () => (await channel.get('orders.dead')) || undefined)
      channel.ack(dead)
      expect(dead.properties.messageId).toBe('m-1')
      const deaths = dead.properties.headers?.['x-death']
      expect(deaths?.map(({ queue, reason, count }) => `${queue} ${reason} ${count}`).sort()).toEqual([
        'mes.approvals rejected 3',
        'mes.approvals.retry expired 1',
        'mes.approvals.retry-last expired 1',
      ])
    })
    const spans = await eventually('three deliveries', () =>
      consumed(orderId).length >= 3 ? consumed(orderId) : undefined,
    )
    expect(spans.map((span) => [span.status.code, span.attributes['error.type']])).toEqual(
      Array(3).fill([2, 'OrderNotKnownYet']),
    )
  })

  test('that come too early succeed at a later attempt', async () => {
    const orderId = crypto.randomUUID()
    const model = { key: 'none', size: 1, type: 'model/stl', sha256: '0'.repeat(64) }
    await withChannel(async (channel) => {
      const send = async (key: string, message: unknown) => {
        channel.publish('orders', key, Buffer.from(JSON.stringify(message)), { correlationId: orderId, type: key })
        await channel.waitForConfirms()
      }
      await send('order.approved', approval(orderId))
      await eventually('the first rejection', () => consumed(orderId)[0])
      await send('order.submitted', { ...approval(orderId), model })
      await people.sees('mes', orderId, 'MANUFACTURING_APPROVED')
    })
    const spans = await eventually('the last delivery', () =>
      consumed(orderId).some((span) => span.status.code === 0) ? consumed(orderId) : undefined,
    )
    expect(spans[0]?.status.code).toBe(2)
  })
})

test('nothing that can be seen from outside names a fault', async () => {
  const seen = [await everythingSeen(sandbox, receiver), ...heard].join('\n')
  expect(seen.includes('triangulation failed')).toBe(true)
  expect(wordsOfFaults(seen)).toEqual([])
})

test('a broker that dies is told in one sentence, and the order system itself lives on', async () => {
  const broker = (await descendants(sandbox.process.pid ?? 0)).find(({ command }) => command.includes('beam'))
  process.kill(broker?.pid ?? 0, 'SIGKILL')
  for (const name of ['crm-api', 'mes-api']) {
    await eventually(`${name} says so`, () =>
      sandbox.said().includes(`${name} is not well: the broker is not reachable.`) ? true : undefined,
    )
  }
  const { orderId } = await people.places()
  await people.sees('crm', orderId, 'SUBMITTED')
})

test('a killed sandbox leaves no process and no folder behind', { timeout: 60_000 }, async () => {
  const all = await descendants(sandbox.process.pid ?? 0)
  expect(all.length).toBeGreaterThan(6)
  sandbox.process.kill('SIGKILL')
  await eventually('all processes gone', async () => {
    const alive = new Set((await processes()).map(({ pid }) => pid))
    return all.some(({ pid }) => alive.has(pid)) ? undefined : true
  })
  await eventually('the folder gone', async () => ((await runFolderOf(sandbox)) === undefined ? true : undefined))
})
