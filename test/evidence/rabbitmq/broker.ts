import { randomBytes } from 'node:crypto'
import { type Channel, type ChannelModel, type ConfirmChannel, connect } from 'amqplib'
import type { Contract } from '../../../src/contract/contract.ts'
import type { RabbitMq } from '../../../src/embedded/rabbitmq.ts'
import type { Condition } from '../../../src/evidence/condition.ts'
import type { Coverage } from '../../../src/evidence/coverage.ts'
import type { Fact } from '../../../src/evidence/fact.ts'
import { createPlantedRegistry } from '../../../src/evidence/planted.ts'
import type { EvidenceSink } from '../../../src/evidence/ports.ts'
import { type RabbitMqOptions, TAP_PACE, TAP_ROOM, TAP_WAITING } from '../../../src/evidence/rabbitmq/settings.ts'
import { createRabbitMqTap, type RabbitMqTap } from '../../../src/evidence/rabbitmq/tap.ts'
import { createMonitorClock } from '../../../src/shared/clock.ts'
import { Secret } from '../../../src/shared/secret.ts'
import { milliseconds } from '../../../src/shared/units.ts'

/** A small order system's way through a broker: cakes are ordered, tried again once, and end in a dead queue. */
export const CONTRACT: Pick<Contract, 'handoffs' | 'recognise'> = {
  handoffs: {
    C2: {
      kind: 'queue',
      from: 'store',
      to: 'bakery',
      exchange: 'cakes',
      key: 'cake.ordered',
      queue: 'bakery.cakes',
      retry: ['bakery.cakes.retry'],
      terminal: ['cakes.dead'],
      within: '5 s',
    },
  },
  recognise: {
    span: { order: ['cake.id'], status: 'cake.status' },
    message: { order: ['cake-id'], mark: ['synthetic'] },
  },
}

/** A virtual host of its own with the cakes' exchanges and queues. */
export interface Cell {
  readonly name: string
  readonly url: string
  readonly connection: ChannelModel
  readonly channel: ConfirmChannel
  close(): Promise<void>
}

export async function createCell(broker: RabbitMq): Promise<Cell> {
  const name = `cell-${randomBytes(4).toString('hex')}`
  const url = await broker.createVhost(name)
  const connection = await connect(url)
  connection.on('error', () => {})
  const channel = await connection.createConfirmChannel()
  await declareCakes(channel)
  return { name, url, connection, channel, close: () => connection.close() }
}

async function declareCakes(channel: Channel): Promise<void> {
  for (const exchange of ['cakes', 'retries', 'returns']) await channel.assertExchange(exchange, 'topic')
  await channel.assertQueue('bakery.cakes', { deadLetterExchange: 'retries' })
  await channel.bindQueue('bakery.cakes', 'cakes', 'cake.ordered')
  await channel.bindQueue('bakery.cakes', 'returns', 'again')
  await channel.assertQueue('bakery.cakes.retry', {
    messageTtl: 20,
    deadLetterExchange: 'returns',
    deadLetterRoutingKey: 'again',
  })
  await channel.bindQueue('bakery.cakes.retry', 'retries', 'cake.*')
  await channel.assertQueue('cakes.dead')
  await channel.bindQueue('cakes.dead', 'retries', 'again')
}

export interface Order {
  readonly id: string
  readonly key?: string
  readonly exchange?: string
  readonly body?: string
  readonly headers?: Readonly<Record<string, unknown>>
}

/** Publishes a cake's message and waits until the broker has it. */
export async function publish({ channel }: Cell, { id, key, exchange, body, headers }: Order): Promise<void> {
  channel.publish(exchange ?? 'cakes', key ?? 'cake.ordered', Buffer.from(body ?? 'a chocolate cake'), {
    messageId: `message of ${id}`,
    correlationId: `talk about ${id}`,
    headers: { 'cake-id': id, synthetic: '1', ...headers },
  })
  await channel.waitForConfirms()
}

/** All that a tap has told. */
export interface Told extends EvidenceSink {
  readonly facts: Fact[]
  readonly conditions: Condition[]
  readonly covered: Coverage[]
}

export function createTold(): Told {
  const facts: Fact[] = []
  const conditions: Condition[] = []
  const covered: Coverage[] = []
  return {
    facts,
    conditions,
    covered,
    fact: (fact) => void facts.push(fact),
    condition: (condition) => void conditions.push(condition),
    coverage: (coverage) => void covered.push(coverage),
  }
}

/** A tap of the cell; quick, so that no test waits long. */
export const tapOf = (broker: RabbitMq, cell: Pick<Cell, 'url'>, options: Partial<RabbitMqOptions> = {}): RabbitMqTap =>
  createRabbitMqTap({
    url: new Secret(cell.url),
    managementUrl: broker.managementUrl === null ? null : new Secret(broker.managementUrl),
    mode: 'firehose',
    ca: null,
    statistics: milliseconds(1000),
    contract: CONTRACT,
    planted: createPlantedRegistry(),
    clock: createMonitorClock(),
    pace: { ...TAP_PACE, pilotMs: 40, restMs: 40, downMs: 300, bindingsMs: 300, reconnectMs: 20 },
    room: TAP_ROOM,
    waiting: TAP_WAITING,
    ...options,
  })

/** Asks the management API; gives the parsed body, undefined where it answers an error. */
export async function askBroker(broker: RabbitMq, path: string, method = 'GET', body?: unknown): Promise<unknown> {
  const url = new URL(broker.managementUrl ?? '')
  const authorization = `Basic ${Buffer.from(`${url.username}:${url.password}`).toString('base64')}`
  const response = await fetch(`${url.origin}/api/${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return response.ok && text !== '' ? JSON.parse(text) : undefined
}

/** A user of the cell that may do just so much; gives its URLs. */
export async function addUser(
  broker: RabbitMq,
  cell: Cell,
  rights: Readonly<Record<'configure' | 'write' | 'read', string>>,
) {
  const name = `user-${randomBytes(4).toString('hex')}`
  await askBroker(broker, `users/${name}`, 'PUT', { password: 'secret', tags: 'monitoring' })
  await askBroker(broker, `permissions/${cell.name}/${name}`, 'PUT', rights)
  const of = (address: string): Secret => {
    const url = new URL(address)
    url.username = name
    url.password = 'secret'
    return new Secret(url.href)
  }
  return { url: of(cell.url), managementUrl: of(broker.managementUrl ?? '') }
}

export const isTracing = async (broker: RabbitMq, cell: Cell): Promise<unknown> =>
  Reflect.get((await askBroker(broker, `vhosts/${cell.name}`)) as object, 'tracing')
