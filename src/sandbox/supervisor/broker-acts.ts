import { randomUUID } from 'node:crypto'
import type { Channel } from 'amqplib'
import { askManagement } from '../../embedded/rabbitmq-management.ts'
import { delay } from '../../shared/wait.ts'
import { connect } from '../broker/connect.ts'
import type { FaultName } from '../faults/catalogue.ts'
import type { FaultPart } from '../faults/fault.ts'
import { names } from '../names/names.ts'
import { startBridge } from './bridge.ts'
import type { CellBroker } from './cell-broker.ts'
import type { Act, Acts } from './switches.ts'
import type { TellPart } from './tell-part.ts'

/** A queue of the order system, and who takes from it. */
interface Place {
  readonly queue: string
  readonly exchange: string
  readonly key: string
  readonly taker: FaultPart
  readonly away: FaultName
}

const ORDERS: Place = {
  queue: 'mes.orders',
  exchange: 'orders',
  key: 'order.submitted',
  taker: 'mes-api',
  away: 'orders-consumer-down',
}
const APPROVALS: Place = {
  queue: 'mes.approvals',
  exchange: 'orders',
  key: 'order.approved',
  taker: 'mes-api',
  away: 'approvals-consumer-down',
}
const STATUSES: Place = {
  queue: 'crm.statuses',
  exchange: 'manufacturing',
  key: 'order.status.*',
  taker: 'crm-api',
  away: 'statuses-consumer-down',
}

/** How many messages a consumer of the order system may have in hand. */
const PREFETCH = 10
/** Long enough that whoever counts messages has seen them waiting. */
const WAITS_MS = 1_500
const LOOK_AGAIN_MS = 100
const LIVES_MS = 1_000
const POLICY = 'short-lived'

/** The faults done to the real broker of one cell, as somebody with its password would do them. */
export function createBrokerActs(broker: Promise<CellBroker>, tell: TellPart): Acts {
  const unbound = (place: Place): Act => ({
    on: () => withChannel(broker, (channel) => channel.unbindQueue(place.queue, place.exchange, place.key)),
    off: () => withChannel(broker, (channel) => channel.bindQueue(place.queue, place.exchange, place.key)),
  })
  return {
    'orders-queue-unbound': unbound(ORDERS),
    'approvals-queue-unbound': unbound(APPROVALS),
    'statuses-queue-unbound': unbound(STATUSES),
    'orders-queue-purged': purged(broker, tell, ORDERS),
    'approvals-queue-purged': purged(broker, tell, APPROVALS),
    'statuses-queue-purged': purged(broker, tell, STATUSES),
    'orders-queue-expires': expiring(broker, tell),
    'orders-consumer-hangs': hanging(broker, tell),
    'orders-bridged-without-headers': bridged(broker),
  }
}

async function withChannel(broker: Promise<CellBroker>, work: (channel: Channel) => Promise<unknown>): Promise<void> {
  const connection = await connect((await broker).amqpUrl)
  connection.on('error', () => {})
  try {
    await work(await connection.createChannel())
  } finally {
    await connection.close().catch(() => {})
  }
}

const setAway = (tell: TellPart, { taker, away }: Place, method: 'PUT' | 'DELETE') =>
  tell(taker, { name: away, scope: { kind: 'process' }, method })

/** Purges whatever has waited for a while, again and again, as long as it is on. */
function purged(broker: Promise<CellBroker>, tell: TellPart, place: Place): Act {
  let given = new AbortController()
  const watch = (signal: AbortSignal) =>
    withChannel(broker, async (channel) => {
      while (!signal.aborted) {
        await delay(LOOK_AGAIN_MS, signal)
        if ((await channel.checkQueue(place.queue)).messageCount === 0) continue
        await delay(WAITS_MS, signal)
        await channel.purgeQueue(place.queue)
      }
    })
  return {
    async on() {
      given.abort()
      given = new AbortController()
      await setAway(tell, place, 'PUT')
      // The broker ends with the cell, and the watch with it.
      void watch(given.signal).catch(() => {})
    },
    async off() {
      given.abort()
      await setAway(tell, place, 'DELETE')
    },
  }
}

/** New orders live for a second, what expires finds no retry queue, and nobody takes them in time. */
function expiring(broker: Promise<CellBroker>, tell: TellPart): Act {
  const policy = async (method: 'PUT' | 'DELETE') => {
    const { amqpUrl, managementUrl } = await broker
    if (managementUrl === null) throw new Error('The broker has no known management API.')
    const vhost = decodeURIComponent(new URL(amqpUrl).pathname.slice(1)) || '/'
    const queue = names.talk.say(ORDERS.queue).replaceAll('.', String.raw`\.`)
    const body = { pattern: `^${queue}$`, definition: { 'message-ttl': LIVES_MS }, 'apply-to': 'queues' }
    const path = `policies/${encodeURIComponent(vhost)}/${POLICY}`
    const status = await askManagement(managementUrl, method, path, undefined, method === 'PUT' ? body : undefined)
    if (status >= 300) throw new Error(`The management API answered ${status} to a policy.`)
  }
  const retries = [ORDERS.key, ORDERS.queue]
  return {
    async on() {
      await setAway(tell, ORDERS, 'PUT')
      await withChannel(broker, async (channel) => {
        for (const key of retries) await channel.unbindQueue(`${ORDERS.queue}.retry`, 'retries', key)
      })
      await policy('PUT')
    },
    async off() {
      await policy('DELETE')
      await withChannel(broker, async (channel) => {
        for (const key of retries) await channel.bindQueue(`${ORDERS.queue}.retry`, 'retries', key)
      })
      await setAway(tell, ORDERS, 'DELETE')
    },
  }
}

/** MES hangs, and has in hand all it may have: messages of one other order. */
function hanging(broker: Promise<CellBroker>, tell: TellPart): Act {
  const name = 'orders-consumer-hangs'
  return {
    async on(scope) {
      await tell('mes-api', { name, scope, method: 'PUT' })
      await withChannel(broker, async (channel) => {
        const orderId = names.newOrderId()
        const model = { key: `orders/${orderId}/ring.stl`, size: 1, type: 'model/stl', sha256: '0'.repeat(64) }
        const order = { orderId, externalReference: orderId, customerId: 'guest', synthetic: true, model }
        const body = Buffer.from(JSON.stringify({ ...order, at: new Date().toISOString() }))
        for (let sent = 0; sent < PREFETCH; sent++) {
          channel.sendToQueue(ORDERS.queue, body, {
            persistent: true,
            messageId: randomUUID(),
            correlationId: orderId,
            type: ORDERS.key,
            headers: { 'order-id': orderId, synthetic: '1' },
          })
        }
        // Answered after all of them have been taken in.
        await channel.checkQueue(ORDERS.queue)
      })
    },
    off: (scope) => tell('mes-api', { name, scope, method: 'DELETE' }),
  }
}

function bridged(broker: Promise<CellBroker>): Act {
  let bridge: { stop(): Promise<void> } | undefined
  return {
    async on() {
      bridge ??= await startBridge((await broker).amqpUrl, ORDERS)
    },
    async off() {
      await bridge?.stop()
      bridge = undefined
    },
  }
}
