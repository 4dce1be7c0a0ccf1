import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { withClient } from './by-hand.ts'
import type { Databases } from './databases.ts'
import type { Acts } from './switches.ts'

/** How long a database that is brought back is away. */
const AWAY_MS = 1_000

const COPY = `DROP SCHEMA IF EXISTS archive CASCADE; CREATE SCHEMA archive;
  CREATE TABLE archive.orders AS TABLE public.orders; CREATE TABLE archive.order_history AS TABLE public.order_history`

const RESTORE = `BEGIN; SET LOCAL session_replication_role = replica;
  DELETE FROM public.order_history; DELETE FROM public.orders;
  INSERT INTO public.orders SELECT * FROM archive.orders;
  INSERT INTO public.order_history OVERRIDING SYSTEM VALUE SELECT * FROM archive.order_history;
  DROP SCHEMA archive CASCADE; COMMIT`

const OTHERS =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid IS DISTINCT FROM $2::integer'

/** The faults done to MES DB as a whole. */
export function createMesDatabaseActs(databases: Promise<Databases>): Acts {
  // Asked of the other database, because this one may let nobody in. `kept` is the one connection that stays.
  const allow = async (allowed: boolean, kept?: number) => {
    const { admin } = await databases
    const name = decodeURIComponent(new URL(admin.mes).pathname.slice(1))
    await withClient(admin.shop, async (client) => {
      await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} WITH ALLOW_CONNECTIONS ${allowed}`)
      if (!allowed) await client.query(OTHERS, [name, kept ?? null])
    })
  }
  const copy = async () => withClient((await databases).admin.mes, async (client) => void (await client.query(COPY)))
  const setBack = async () =>
    withClient((await databases).admin.mes, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
      await allow(false, rows[0]?.pid)
      try {
        await sleep(AWAY_MS)
        await client.query(RESTORE)
      } finally {
        await allow(true)
      }
    })
  return {
    'mes-db-refuses': { on: () => allow(false), off: () => allow(true) },
    'mes-db-set-back': { on: copy, off: setBack },
  }
}
