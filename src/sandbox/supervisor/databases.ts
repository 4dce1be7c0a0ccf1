import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import type { Postgres } from '../../embedded/postgres.ts'

/** Connection strings of the order system's two databases, one for each role. */
export interface Databases {
  readonly shopApp: string
  readonly crmApp: string
  readonly mesApp: string
  readonly shopReader: string
  readonly mesReader: string
}

interface Role {
  readonly name: string
  readonly password: string
}

const createRole = (name: string): Role => ({ name, password: randomBytes(18).toString('base64url') })

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

const script = (name: string): Promise<string> => readFile(new URL(`../database/${name}.sql`, import.meta.url), 'utf8')

/** Makes Shop DB and MES DB with a role for each API and one that may only read. */
export async function createDatabases(postgres: Postgres): Promise<Databases> {
  const [shop, crm, mes, reader] = [
    createRole('shop_app'),
    createRole('crm_app'),
    createRole('mes_app'),
    createRole('monitor_ro'),
  ]
  await withClient(postgres.url('postgres'), async (client) => {
    for (const { name, password } of [shop, crm, mes, reader]) {
      await client.query(`CREATE ROLE ${pg.escapeIdentifier(name)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`)
    }
    for (const database of ['shop', 'mes']) {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`)
      await client.query(`REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(database)} FROM PUBLIC`)
    }
    await client.query('GRANT CONNECT ON DATABASE shop TO shop_app, crm_app, monitor_ro')
    await client.query('GRANT CONNECT ON DATABASE mes TO mes_app, monitor_ro')
  })
  await Promise.all(
    ['shop', 'mes'].map((database) =>
      withClient(postgres.url(database), async (client) => {
        await client.query(await script(database))
        await client.query(await script('order-history'))
      }),
    ),
  )
  const url = (database: string, { name, password }: Role) => postgres.url(database, name, password)
  return {
    shopApp: url('shop', shop),
    crmApp: url('shop', crm),
    mesApp: url('mes', mes),
    shopReader: url('shop', reader),
    mesReader: url('mes', reader),
  }
}
