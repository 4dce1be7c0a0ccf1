import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { withClient } from './by-hand.ts'
import type { Databases } from './databases.ts'
import type { Act, Acts } from './switches.ts'

/** How long a database that is brought back is away. */
const AWAY_MS = 1_000

const COPY = `DROP SCHEMA IF EXISTS archive CASCADE; CREATE SCHEMA archive;
  CREATE TABLE archive.orders AS TABLE public.orders; CREATE TABLE archive.order_history AS TABLE public.order_history`

const RESTORE = `BEGIN; SET LOCAL session_replication_role = replica;
  DELETE FROM public.order_history; DELETE FROM public.orders;
  INSERT INTO public.orders SELECT * FROM archive.orders;
  INSERT INTO public.order_history OVERRIDING SYSTEM VALUE SELECT * FROM archive.order_history;
  DROP SCHEMA archive CASCADE; COMMIT`

/** The faults done to MES DB as a whole. */
export function createMesDatabaseActs(databases: Promise<Databases>): Acts {
  const allow = async (client: pg.Client, allowed: boolean) => {
    const name = decodeURIComponent(new URL((await databases).admin.mes).pathname.slice(1))
    await client.query(`ALTER DATABASE ${pg.escapeIdentifier(name)} WITH ALLOW_CONNECTIONS ${allowed}`)
    if (allowed) return
    const others =
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()'
    await client.query(others, [name])
  }
  // Asked of the other database, because this one may let nobody in.
  const set = async (allowed: boolean) => withClient((await databases).admin.shop, (client) => allow(client, allowed))

  const setBack: Act = {
    on: async () => withClient((await databases).admin.mes, async (client) => void (await client.query(COPY))),
    off: async () =>
      withClient((await databases).admin.mes, async (client) => {
        await allow(client, false)
        await sleep(AWAY_MS)
        await client.query(RESTORE)
        await allow(client, true)
      }),
  }
  return { 'mes-db-refuses': { on: () => set(false), off: () => set(true) }, 'mes-db-set-back': setBack }
}
