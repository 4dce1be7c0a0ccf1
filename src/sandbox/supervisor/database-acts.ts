import pg from 'pg'
import { MEANT, whenThereIs, withClient } from './by-hand.ts'
import type { Databases } from './databases.ts'
import type { Act } from './switches.ts'

/** Manufacturing works on its price at this moment, and has had the order long enough for somebody to have come upon it. */
const BEING_PRICED = `${MEANT} AND status = 'SUBMITTED' AND attempts > 0 AND created_at < clock_timestamp() - interval '1 second'`

const DELETE_IN_MES = `WITH meant AS (SELECT order_id FROM orders WHERE ${BEING_PRICED} FOR UPDATE),
  forgotten AS (DELETE FROM order_history USING meant WHERE order_history.order_id = meant.order_id)
  DELETE FROM orders USING meant WHERE orders.order_id = meant.order_id`

const OTHER_MODEL = `encode(sha256(convert_to('another model of ' || order_id, 'UTF8')), 'hex')`
const CHANGE_IN_MES = `UPDATE orders SET model_sha256 = ${OTHER_MODEL} WHERE ${BEING_PRICED} AND model_sha256 <> ${OTHER_MODEL}
  RETURNING order_id`
const CHANGE_IN_SHOP = `UPDATE orders SET model_sha256 = ${OTHER_MODEL}, item = 'a pendant' WHERE order_id = ANY($1)`

/** Somebody deletes an order in MES DB while it is priced, with all that was known of it. */
export const deletedInMes = (databases: Promise<Databases>): Act =>
  whenThereIs(
    async () => (await databases).admin.mes,
    async (client, reference) => ((await client.query(DELETE_IN_MES, [reference])).rowCount ?? 0) > 0,
  )

/** Somebody changes an order in both databases while it is priced. */
export const changedByHand = (databases: Promise<Databases>): Act =>
  whenThereIs(
    async () => (await databases).admin.mes,
    async (client, reference) => {
      const { rows } = await client.query<{ order_id: string }>(CHANGE_IN_MES, [reference])
      if (rows.length === 0) return false
      const changed = rows.map((row) => row.order_id)
      await withClient((await databases).admin.shop, (shop) => shop.query(CHANGE_IN_SHOP, [changed]))
      return true
    },
  )

/** The shop's role may not log in, and its connections are ended. */
export function shopLockedOut(databases: Promise<Databases>): Act {
  const alter = async (right: 'LOGIN' | 'NOLOGIN') => {
    const { shopApp, admin } = await databases
    const role = decodeURIComponent(new URL(shopApp).username)
    await withClient(admin.shop, async (client) => {
      await client.query(`ALTER ROLE ${pg.escapeIdentifier(role)} ${right}`)
      if (right === 'NOLOGIN')
        await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [role])
    })
  }
  return { on: () => alter('NOLOGIN'), off: () => alter('LOGIN') }
}
