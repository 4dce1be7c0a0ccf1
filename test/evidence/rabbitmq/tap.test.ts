import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type RabbitMq, startRabbitmq } from '../../../src/embedded/rabbitmq.ts'
import { createRunFolder, type RunFolder } from '../../../src/embedded/run-folder.ts'
import type { MessageFact } from '../../../src/evidence/fact.ts'
import { createPlantedRegistry, plantedIn } from '../../../src/evidence/planted.ts'
import type { RabbitMqTap } from '../../../src/evidence/rabbitmq/tap.ts'
import { waitUntil } from '../../embedded/wait-until.ts'
import {
  addUser,
  askBroker,
  type Cell,
  createCell,
  createTold,
  isTracing,
  publish,
  type Told,
  tapOf,
} from './broker.ts'

/** Without it a broker named by the user's own AMQP_URL would be tested. */
const { AMQP_URL: _, ...env } = process.env
let folder: RunFolder
let broker: RabbitMq
let cell: Cell
let told: Told
let taps: RabbitMqTap[]

beforeAll(async () => {
  folder = await createRunFolder('test')
  broker = await startRabbitmq({ folder: folder.path, env })
})

afterAll(async () => {
  await broker.stop()
  await folder.release()
})

beforeEach(async () => {
  cell = await createCell(broker)
  told = createTold()
  taps = []
})

afterEach(async () => {
  for (const tap of taps) await tap.stop()
  await cell.close()
})

const start = async (options: Parameters<typeof tapOf>[2] = {}, sink = told): Promise<RabbitMqTap> => {
  const tap = tapOf(broker, cell, options)
  taps.push(tap)
  await tap.start(sink)
  return tap
}

const ORDER = { kind: 'order', value: 'cake-1' } as const
const messages = (): readonly MessageFact[] =>
  told.facts.filter(
    (fact) =>
      fact.kind === 'message-published' || fact.kind === 'message-delivered' || fact.kind === 'message-dead-lettered',
  )
const kinds = () => messages().map(({ kind }) => kind)
const leftOfUs = async () => {
  const queues = (await askBroker(
    broker,
    `queues/${cell.name}?disable_stats=true&enable_queue_totals=true`,
  )) as object[]
  return queues.map((queue) => String(Reflect.get(queue, 'name'))).filter((name) => name.startsWith('waybill'))
}
const covers = (instance: string, at: bigint) =>
  told.covered.some((it) => it.instance === instance && it.from <= at && at <= it.to && it.dropped === 0)

describe('the firehose', () => {
  it('tells where a message of a claimed order went, who got it, and nothing of its body', async () => {
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
    await publish(cell, { id: 'cake-1', body: 'a secret recipe', headers: { traceparent, name: 'Ada' } })
    await waitUntil('the publication', () => messages().length === 1)
    await cell.channel.consume('bakery.cakes', (message) => message && cell.channel.ack(message))
    await waitUntil('the delivery', () => messages().length === 2)
    const common = {
      source: 'rabbitmq',
      keys: [ORDER],
      messageId: 'message of cake-1',
      correlationId: 'talk about cake-1',
      context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) },
      marked: true,
      deaths: [],
      exchange: 'cakes',
      routingKey: 'cake.ordered',
    }
    expect(messages()).toMatchObject([
      { ...common, kind: 'message-published', queues: ['bakery.cakes'] },
      { ...common, kind: 'message-delivered', queue: 'bakery.cakes', redelivered: false },
    ])
    expect(
      JSON.stringify(told, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
    ).not.toMatch(/recipe|Ada/)
  })

  it('tells that a message was routed nowhere', async () => {
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    await publish(cell, { id: 'cake-1', key: 'cake.forgotten' })
    await waitUntil('the publication', () => messages().length === 1)
    expect(messages()).toMatchObject([{ kind: 'message-published', routingKey: 'cake.forgotten', queues: [] }])
  })

  it('tells a redelivery as one', async () => {
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    let deliveries = 0
    await publish(cell, { id: 'cake-1' })
    await cell.channel.consume('bakery.cakes', (message) => {
      if (message === null) return
      if (++deliveries === 1) cell.channel.nack(message, false, true)
      else cell.channel.ack(message)
    })
    await waitUntil('two deliveries', () => kinds().filter((kind) => kind === 'message-delivered').length === 2)
    expect(messages().map((fact) => (fact.kind === 'message-delivered' ? fact.redelivered : null))).toEqual([
      null,
      false,
      true,
    ])
  })

  it('tells what was seen before the order was known, as soon as it is', async () => {
    const tap = await start()
    await publish(cell, { id: 'cake-1' })
    tap.claim([{ kind: 'order', value: 'cake-2' }], 'SYN-2')
    await publish(cell, { id: 'cake-2' })
    await waitUntil('the other order', () => messages().length === 1)
    tap.claim([ORDER], 'SYN-1')
    expect(messages()[1]).toMatchObject({ kind: 'message-published', keys: [ORDER] })
  })

  it('vouches for every moment between its pilots', async () => {
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('coverage', () => told.covered.length > 0)
    await publish(cell, { id: 'cake-1' })
    await waitUntil('coverage of it', () => {
      const [fact] = messages()
      return fact !== undefined && covers('firehose', fact.at.latest) && covers('dead-letters', fact.at.latest)
    })
    const [fact] = messages()
    expect(Number((fact?.at.latest ?? 0n) - (fact?.at.earliest ?? 0n)) / 1e6).toBeLessThan(250)
    const stretches = told.covered.filter(({ instance }) => instance === 'firehose')
    expect(stretches.slice(1).map(({ from }) => from)).toEqual(stretches.slice(0, -1).map(({ to }) => to))
    expect(stretches[0]).toMatchObject({ source: 'rabbitmq', service: cell.name, dropped: 0 })
  })

  it('tells which planted value stands in a header, and never the value', async () => {
    const planted = createPlantedRegistry()
    planted.add('SYN-1')
    const { email, name } = plantedIn('SYN-1')
    await start({ planted })
    await publish(cell, { id: 'cake-9', body: name, headers: { customer: { mail: Buffer.from(`<${email}>`) } } })
    await waitUntil('the sight of it', () => told.facts.length > 0)
    expect(told.facts).toMatchObject([
      {
        kind: 'data-exposed',
        source: 'rabbitmq',
        what: 'email',
        by: 'whoever publishes to cakes',
        where: 'message header customer.mail of cake.ordered',
        keys: [{ kind: 'reference', value: 'SYN-1' }],
      },
    ])
  })

  it('says where it lost messages for want of room', async () => {
    const tap = await start({ room: { messages: 5, bytes: 1_000_000 } })
    tap.claim([ORDER], 'SYN-1')
    for (let n = 0; n < 20_000; n++) cell.channel.publish('cakes', 'nowhere', Buffer.alloc(0))
    await cell.channel.waitForConfirms()
    await waitUntil('a hole', () => told.covered.some(({ dropped }) => dropped > 0))
    await waitUntil('all well again', () => told.covered.at(-1)?.dropped === 0)
  })
})

describe('dead letters', () => {
  it('are told with their reason and where they went, round after round', async () => {
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    await cell.channel.consume('bakery.cakes', (message) => message && cell.channel.nack(message, false, false))
    await publish(cell, { id: 'cake-1' })
    await waitUntil('three deaths', () => kinds().filter((kind) => kind === 'message-dead-lettered').length === 3)
    const dead = messages().filter((fact) => fact.kind === 'message-dead-lettered')
    expect(dead.map(({ exchange, routingKey, queues, deaths }) => [exchange, routingKey, queues, deaths[0]])).toEqual([
      [
        'retries',
        'cake.ordered',
        ['bakery.cakes.retry'],
        { reason: 'rejected', queue: 'bakery.cakes', exchange: 'cakes', routingKeys: ['cake.ordered'], count: 1 },
      ],
      [
        'returns',
        'again',
        ['bakery.cakes'],
        {
          reason: 'expired',
          queue: 'bakery.cakes.retry',
          exchange: 'retries',
          routingKeys: ['cake.ordered'],
          count: 1,
        },
      ],
      [
        'retries',
        'again',
        ['cakes.dead'],
        { reason: 'rejected', queue: 'bakery.cakes', exchange: 'cakes', routingKeys: ['cake.ordered'], count: 2 },
      ],
    ])
  })

  it('are still routed nowhere when they were before', async () => {
    await cell.channel.unbindQueue('cakes.dead', 'retries', 'again')
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    const bindings = (await askBroker(broker, `exchanges/${cell.name}/retries/bindings/source`)) as object[]
    expect(new Set(bindings.map((binding) => Reflect.get(binding, 'routing_key')))).toEqual(new Set(['cake.*']))
  })

  it('are not claimed to be seen when they go through the default exchange', async () => {
    await cell.channel.deleteQueue('bakery.cakes')
    await cell.channel.assertQueue('bakery.cakes', { deadLetterExchange: '', deadLetterRoutingKey: 'cakes.dead' })
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('coverage', () => told.covered.some(({ instance }) => instance === 'firehose'))
    expect(tap.health().detail).toMatch(/default exchange/)
    expect(told.covered.filter(({ instance }) => instance === 'dead-letters')).toEqual([])
  })
})

describe('message tracing', () => {
  it('is put back as found, with the virtual host otherwise untouched', async () => {
    await askBroker(broker, `vhosts/${cell.name}`, 'PUT', { description: 'cakes only', tags: 'cakes' })
    const tap = await start()
    expect(await isTracing(broker, cell)).toBe(true)
    await tap.stop()
    expect(await askBroker(broker, `vhosts/${cell.name}`)).toMatchObject({
      tracing: false,
      description: 'cakes only',
      tags: ['cakes'],
    })
    await askBroker(broker, `vhosts/${cell.name}`, 'PUT', { tracing: true })
    await (await start()).stop()
    expect(await isTracing(broker, cell)).toBe(true)
  })

  it('stays on when one of two monitors leaves, and is put back by the last', async () => {
    const first = await start()
    const second = createTold()
    const other = await start({}, second)
    other.claim([ORDER], 'SYN-1')
    await first.stop()
    await publish(cell, { id: 'cake-1' })
    await waitUntil('what the other sees', () => second.facts.length === 1)
    expect(await isTracing(broker, cell)).toBe(true)
    await other.stop()
    expect(await isTracing(broker, cell)).toBe(false)
  })

  it('is switched on again when somebody switches it off, with a gap in what is vouched for', async () => {
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('coverage', () => told.covered.some(({ instance }) => instance === 'firehose'))
    await askBroker(broker, `vhosts/${cell.name}`, 'PUT', { tracing: false })
    await publish(cell, { id: 'cake-1' })
    await waitUntil('the outage', () => told.conditions.some(({ kind }) => kind === 'source-down'))
    expect(messages()).toEqual([])
    await waitUntil('tracing', async () => (await isTracing(broker, cell)) === true)
    await publish(cell, { id: 'cake-1' })
    await waitUntil('the message', () => messages().length === 1)
    await waitUntil('the hole', () =>
      told.covered.some(({ instance, dropped }) => instance === 'firehose' && dropped > 0),
    )
  })
})

describe('the queues', () => {
  const states = (queue: string) => told.conditions.filter((it) => it.kind === 'queue-state' && it.subject === queue)

  it('are told with what they hold, who reads them and what is bound', async () => {
    await publish(cell, { id: 'cake-1' })
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('a look', () =>
      states('bakery.cakes').some((it) => it.kind === 'queue-state' && it.consumers === 0),
    )
    await waitUntil('a count', () =>
      states('bakery.cakes').some((it) => it.kind === 'queue-state' && it.ready === 1 && it.unacknowledged === 0),
    )
    expect(states('bakery.cakes')[0]).toMatchObject({ exists: true, ready: 1 })
    await waitUntil('a setup', () => told.conditions.some(({ kind }) => kind === 'queue-setup'))
    await waitUntil('all setups', () => told.conditions.filter(({ kind }) => kind === 'queue-setup').length === 3)
    expect(
      told.conditions.find((it) => it.kind === 'queue-setup' && it.subject === 'bakery.cakes.retry'),
    ).toMatchObject({
      bindings: [{ exchange: 'retries', key: 'cake.*' }],
      messageTtlMs: 20,
      maxLength: null,
      deadLetterExchange: 'returns',
      deadLetterKey: 'again',
    })
  })

  it('are looked at again at once when a consumer goes', async () => {
    const { consumerTag } = await cell.channel.consume('bakery.cakes', () => {})
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('a look', () =>
      states('bakery.cakes').some((it) => it.kind === 'queue-state' && it.consumers === 1),
    )
    await cell.channel.cancel(consumerTag)
    await waitUntil(
      'none',
      () => states('bakery.cakes').some((it) => it.kind === 'queue-state' && it.consumers === 0),
      450,
    )
  })

  it('are told as missing when they are', async () => {
    await cell.channel.deleteQueue('bakery.cakes')
    const tap = await start({ mode: 'passive' })
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('a look', () => states('bakery.cakes').some((it) => it.kind === 'queue-state' && !it.exists))
  })
})

describe('without the firehose', () => {
  it('tracing stays off, dead letters and queues are still told', async () => {
    const tap = await start({ mode: 'passive' })
    tap.claim([ORDER], 'SYN-1')
    expect(await isTracing(broker, cell)).toBe(false)
    await cell.channel.consume('bakery.cakes', (message) => message && cell.channel.nack(message, false, false))
    await publish(cell, { id: 'cake-1' })
    await waitUntil('the deaths', () => messages().length === 3)
    expect(new Set(kinds())).toEqual(new Set(['message-dead-lettered']))
    await waitUntil('coverage', () => told.covered.length > 0)
    expect(new Set(told.covered.map(({ instance }) => instance))).toEqual(new Set(['dead-letters']))
    expect(tap.health()).toMatchObject({ state: 'healthy', detail: null })
  })

  it('and without the management API only queues are told', async () => {
    const tap = await start({ managementUrl: null })
    tap.claim([ORDER], 'SYN-1')
    await publish(cell, { id: 'cake-1' })
    await waitUntil('a look', () => told.conditions.some(({ kind }) => kind === 'queue-state'))
    expect(messages()).toEqual([])
    expect(told.covered).toEqual([])
  })
})

describe('with few rights', () => {
  it('everything is seen once somebody else has switched tracing on', async () => {
    const ours = 'waybill\\.tap\\..*'
    const user = await addUser(broker, cell, {
      configure: `^${ours}$`,
      write: `^(${ours}|amq\\.default)$`,
      read: `^(${ours}|amq\\.rabbitmq\\.trace|retries|returns)$`,
    })
    const tap = await start(user)
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('coverage of dead letters', () => told.covered.length > 2)
    expect(tap.health()).toMatchObject({
      state: 'healthy',
      detail: expect.stringMatching(/tracing cannot be switched on/),
    })
    expect(told.covered.map(({ instance }) => instance)).not.toContain('firehose')
    await askBroker(broker, `vhosts/${cell.name}`, 'PUT', { tracing: true })
    await cell.channel.consume('bakery.cakes', (message) => message && cell.channel.nack(message, false, false))
    await waitUntil('coverage', () => told.covered.some(({ instance }) => instance === 'firehose'))
    await publish(cell, { id: 'cake-1' })
    await waitUntil('the deaths', () => kinds().filter((kind) => kind === 'message-dead-lettered').length === 3)
    await waitUntil('the rest', () => messages().length === 6)
    expect(tap.health()).toMatchObject({ state: 'healthy', detail: null })
    await tap.stop()
    expect(await isTracing(broker, cell)).toBe(true)
  })

  it('to declare nothing, queues are looked at and the rest is said to be unsupported', async () => {
    const tap = await start(await addUser(broker, cell, { configure: '^$', write: '^$', read: '^$' }))
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('a look', () => told.conditions.some(({ kind }) => kind === 'queue-state'))
    expect(tap.health()).toMatchObject({
      state: 'healthy',
      detail: expect.stringMatching(/no queue of our own can be declared/),
    })
    expect(told.covered).toEqual([])
  })
})

describe('a lost connection', () => {
  const cut = async () => {
    await waitUntil('the connection to be listed', async () => {
      const all = (await askBroker(broker, 'connections')) as object[]
      const ours = all.filter(
        (it) =>
          Reflect.get(it, 'vhost') === cell.name &&
          JSON.stringify(Reflect.get(it, 'client_properties') ?? '').includes('waybill tap'),
      )
      for (const it of ours)
        await askBroker(broker, `connections/${encodeURIComponent(String(Reflect.get(it, 'name')))}`, 'DELETE')
      return ours.length > 0
    })
  }

  it('makes a gap in what is vouched for, and everything is declared again', async () => {
    const tap = await start()
    tap.claim([ORDER], 'SYN-1')
    await waitUntil('coverage', () => told.covered.length > 2)
    await cut()
    await waitUntil('the outage', () => told.conditions.some(({ kind }) => kind === 'source-down'))
    await publish(cell, { id: 'cake-1' })
    await waitUntil('health', () => tap.health().state === 'healthy')
    const stretches = () => told.covered.filter(({ instance }) => instance === 'firehose')
    const gaps = () => stretches().filter((stretch, n) => n > 0 && stretch.from !== stretches()[n - 1]?.to)
    await waitUntil('coverage again', () => gaps().length > 0)
    expect(gaps()).toHaveLength(1)
    expect(new Set((await leftOfUs()).map((name) => name.split('.')[2])).size).toBe(1)
    await publish(cell, { id: 'cake-1' })
    await waitUntil('the message', () => messages().length > 0)
  })

  it('to a broker that is not there does not keep the monitor from starting', async () => {
    const tap = tapOf(broker, { url: 'amqp://nobody:secret@127.0.0.1:1/none' })
    taps.push(tap)
    await tap.start(told)
    expect(tap.health()).toMatchObject({ state: 'down' })
    expect(tap.health().detail).not.toMatch(/secret/)
  })
})

it('leaves nothing of its own behind, and stops twice or without a start', async () => {
  const tap = await start()
  tap.claim([ORDER], 'SYN-1')
  expect(await leftOfUs()).toHaveLength(3)
  await tap.stop()
  await tap.stop()
  expect(await leftOfUs()).toEqual([])
  await tapOf(broker, cell).stop()
})
