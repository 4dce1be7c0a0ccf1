import { delay } from '../../shared/wait.ts'
import { connect } from '../broker/connect.ts'
import { names } from '../names/names.ts'
import type { ActGround } from './act-ground.ts'
import { LOOK_EVERY_MS, MEANT, whenThereIs, whileSwitchedOn, withClient } from './by-hand.ts'
import type { CellBroker } from './cell-broker.ts'
import type { Databases } from './databases.ts'
import type { Act, Acts } from './switches.ts'

const LOCK = `SELECT order_id FROM orders WHERE ${MEANT} AND status = 'PRICE_CALCULATED' FOR UPDATE`
const CLOSE = `UPDATE orders SET status = 'CLOSED', updated_at = clock_timestamp() WHERE ${MEANT} AND status = 'MANUFACTURING_APPROVED'`
/** No order id is as short. */
const LONGEST_VALUE = '24'

/** The invented faults that are done to a part from outside. */
export function createInventedActs({ service, broker, databases }: ActGround): Acts {
  return {
    'order-locked-in-mes': leftOpen(databases),
    'order-closed-by-hand': whenThereIs(
      async () => (await databases).admin.shop,
      async (client, reference) => ((await client.query(CLOSE, [reference])).rowCount ?? 0) > 0,
    ),
    'approvals-taken-by-stranger': takenByStranger(broker),
    'mes-attributes-cut': {
      on: async () => service('mes-api')?.restart({ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: LONGEST_VALUE }),
      off: async () => service('mes-api')?.restart({}),
    },
  }
}

/** A session in which somebody looks at an order for update and goes to lunch; cleared, the session ends and its lock with it. */
const leftOpen = (databases: Promise<Databases>): Act =>
  whileSwitchedOn(async (reference, signal) => {
    await withClient((await databases).admin.mes, async (client) => {
      await client.query('BEGIN')
      while (!signal.aborted) {
        await client.query(LOCK, [reference])
        await delay(LOOK_EVERY_MS, signal)
      }
    })
  })

/** Somebody's other installation of MES, pointed at this broker: served first, and whatever it does with an approval, it does to rows of its own. */
function takenByStranger(broker: Promise<CellBroker>): Act {
  let stranger: { close(): Promise<void> } | undefined
  return {
    async on() {
      if (stranger !== undefined) return
      const connection = await connect((await broker).amqpUrl, {
        clientProperties: { connection_name: names.service.say('mes-api') },
      })
      connection.on('error', () => {})
      stranger = connection
      const channel = await connection.createChannel()
      channel.on('error', () => {})
      await channel.consume('mes.approvals', (message) => void (message !== null && channel.ack(message)), {
        priority: 10,
      })
    },
    async off() {
      await stranger?.close()
      stranger = undefined
    },
  }
}
