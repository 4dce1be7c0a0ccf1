import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import pg from 'pg'
import type { Postgres } from '../../embedded/postgres.ts'
import { names } from '../names/names.ts'
import { withClient } from './by-hand.ts'

/** Connection strings of the order system's two databases, one for each role. */
export interface Databases {
  readonly shopApp: string
  readonly crmApp: string
  readonly mesApp: string
  readonly shopReader: string
  readonly mesReader: string
  /** Of the server's own superuser, for what is done to the databases from outside. */
  readonly admin: { readonly shop: string; readonly mes: string }
}

interface Role {
  readonly name: string
  readonly password: string
}

const createRole = (name: string): Role => ({ name, password: randomBytes(18).toString('base64url') })

const DATABASES = ['shop', 'mes'] as const
const ROLES = ['shop_app', 'crm_app', 'mes_app', 'monitor_ro'] as const
const ROLE_NAMES = new RegExp(`\\b(${ROLES.join('|')})\\b`, 'g')

/** What a database or role is called in one cell. */
const called = (name: string, suffix: string): string => `${names.sql.say(name)}${suffix}`

/** A script with the roles of one cell in it. */
const script = async (name: string, suffix: string): Promise<string> => {
  const text = await readFile(new URL(`../database/${name}.sql`, import.meta.url), 'utf8')
  return text.replaceAll(ROLE_NAMES, (name) => called(name, suffix))
}

/**
 * Makes Shop DB and MES DB with a role for each API and one that may only read. `suffix` ends all their names, so that several order systems may
 * share the server.
 */
export async function createDatabases(postgres: Postgres, suffix = ''): Promise<Databases> {
  const [shop, crm, mes, reader] = [
    createRole(called('shop_app', suffix)),
    createRole(called('crm_app', suffix)),
    createRole(called('mes_app', suffix)),
    createRole(called('monitor_ro', suffix)),
  ]
  await withClient(postgres.url('postgres'), async (client) => {
    for (const { name, password } of [shop, crm, mes, reader]) {
      await client.query(`CREATE ROLE ${pg.escapeIdentifier(name)} LOGIN PASSWORD ${pg.escapeLiteral(password)}`)
    }
    for (const database of DATABASES) {
      await client.query(`CREATE DATABASE ${pg.escapeIdentifier(called(database, suffix))}`)
      await client.query(`REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(called(database, suffix))} FROM PUBLIC`)
    }
    const allow = async (database: string, roles: readonly Role[]) => {
      const all = roles.map(({ name }) => pg.escapeIdentifier(name)).join(', ')
      await client.query(`GRANT CONNECT ON DATABASE ${pg.escapeIdentifier(called(database, suffix))} TO ${all}`)
    }
    await allow('shop', [shop, crm, reader])
    await allow('mes', [mes, reader])
  })
  await Promise.all(
    DATABASES.map((database) =>
      withClient(postgres.url(called(database, suffix)), async (client) => {
        await client.query(await script(database, suffix))
        await client.query(await script('order-history', suffix))
      }),
    ),
  )
  const url = (database: string, { name, password }: Role) => postgres.url(called(database, suffix), name, password)
  return {
    shopApp: url('shop', shop),
    crmApp: url('shop', crm),
    mesApp: url('mes', mes),
    shopReader: url('shop', reader),
    mesReader: url('mes', reader),
    admin: { shop: postgres.url(called('shop', suffix)), mes: postgres.url(called('mes', suffix)) },
  }
}

/** Takes away what `createDatabases` made, whoever is still connected. */
export async function dropDatabases(postgres: Postgres, suffix: string): Promise<void> {
  await withClient(postgres.url('postgres'), async (client) => {
    for (const name of DATABASES)
      await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(called(name, suffix))} WITH (FORCE)`)
    for (const name of ROLES) await client.query(`DROP ROLE IF EXISTS ${pg.escapeIdentifier(called(name, suffix))}`)
  })
}
