import { createServer } from 'node:net'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asWaybillError } from '../../src/shared/errors.ts'
import { Secret } from '../../src/shared/secret.ts'
import { unixNanos } from '../../src/shared/units.ts'
import { createDatabase } from '../../src/store/database.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/migrations.ts'
import { openStore, type StoreOptions } from '../../src/store/store.ts'
import { recordsOf } from '../evidence/log/log-contract.ts'
import { answerRecord } from '../evidence/records.ts'
import { startProxy } from './cuttable-proxy.ts'
import { type Databases, query, startDatabases } from './databases.ts'
import { anEntry } from './orders.ts'

let databases: Databases
beforeAll(async () => {
  databases = await startDatabases()
})
afterAll(() => databases.stop())

const changed = (url: Secret, change: (url: URL) => void): Secret => {
  const parsed = new URL(url.reveal())
  change(parsed)
  return new Secret(parsed.toString())
}

const refusalOf = async (options: StoreOptions) => {
  try {
    await openStore(options)
  } catch (error) {
    return asWaybillError(error)
  }
  throw new Error('the store opened')
}

describe('the tables', () => {
  it('are made once by many that start at once', async () => {
    const databaseUrl = await databases.fresh()
    const stores = await Promise.all(Array.from({ length: 6 }, () => openStore({ databaseUrl })))
    expect(await query(databaseUrl, 'select version, name from waybill.migration')).toStrictEqual(
      MIGRATIONS.map(({ name }, index) => ({ version: index + 1, name })),
    )
    await Promise.all(stores.map((store) => store.close()))
  })

  it('of an earlier version get the steps they lack', async () => {
    const databaseUrl = await databases.fresh()
    const database = createDatabase({ databaseUrl })
    const more = [
      ...MIGRATIONS,
      { name: 'one more', sql: 'create table extra (x integer); insert into extra values (7)' },
    ]
    await migrate(database.tables)
    await migrate(database.tables, more)
    await migrate(database.tables, more)
    expect(await query(databaseUrl, 'select x from waybill.extra')).toStrictEqual([{ x: 7 }])
    await database.close()
    expect(await refusalOf({ databaseUrl })).toMatchObject({
      code: 'store-unavailable',
      message: 'The store was written by a later version of Waybill.',
    })
  })

  it('are left as they were by a step that fails', async () => {
    const databaseUrl = await databases.fresh()
    const database = createDatabase({ databaseUrl })
    const broken = [...MIGRATIONS, { name: 'broken', sql: 'create table half (x integer); select nonsense' }]
    await expect(migrate(database.tables, broken)).rejects.toThrow(/nonsense/)
    expect(await query(databaseUrl, `select 1 from pg_namespace where nspname = 'waybill'`)).toStrictEqual([])
    await database.close()
  })
})

describe('a store that cannot be reached', () => {
  it('says so with its address and without its password', async () => {
    const databaseUrl = changed(await databases.fresh(), (url) => {
      url.password = 'n0t-right'
    })
    const refusal = await refusalOf({ databaseUrl })
    expect(refusal.code).toBe('store-unavailable')
    expect(refusal.sentence()).toMatch(
      /^postgres.*@127\.0\.0\.1:\d+\/t\w+: The database refuses the user or its password\..*DATABASE_URL/,
    )
    expect(inspect(refusal, { depth: 9 })).not.toContain('n0t-right')
    expect(refusal.sentence()).not.toContain('n0t-right')
  })

  it('says which of its parts is wrong', async () => {
    const noDatabase = changed(await databases.fresh(), (url) => {
      url.pathname = '/nowhere'
    })
    expect(await refusalOf({ databaseUrl: noDatabase })).toMatchObject({
      code: 'store-unavailable',
      message: 'The database server has no database of that name.',
    })
  })

  it('is waited for as long as patience lasts', async () => {
    const databaseUrl = await closedPort()
    expect(await refusalOf({ databaseUrl, patienceMs: 120 })).toMatchObject({
      code: 'store-unavailable',
      message: 'The database cannot be reached.',
      actual: expect.stringContaining('ECONNREFUSED'),
    })
  })

  it('is waited for no longer once the work is stopped', async () => {
    const stop = new AbortController()
    const opening = refusalOf({ databaseUrl: await closedPort(), patienceMs: 60_000, signal: stop.signal })
    stop.abort(new Error('Ctrl-C'))
    expect(await opening).toMatchObject({ code: 'stopped' })
  })

  it.each(['mysql://u:hush@h/d', 'hush', 'postgres//u:hush@h'])(
    'under the address %s is refused without repeating it',
    async (text) => {
      const refusal = await refusalOf({ databaseUrl: new Secret(text) })
      expect(refusal.code).toBe('bad-configuration')
      expect(inspect(refusal)).not.toContain('hush')
    },
  )
})

/** An address at which nobody listens. */
const closedPort = async (): Promise<Secret> => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return new Secret(`postgres://waybill:hush@127.0.0.1:${address.port}/waybill`)
}

describe('a store whose database goes away', () => {
  it('goes on where it was when the database is back, with nothing lost and nothing twice', async () => {
    const direct = await databases.fresh()
    const proxy = await startProxy(databases.server.port)
    const store = await openStore({ databaseUrl: changed(direct, (url) => (url.port = String(proxy.port))) })
    await store.ledger.enterOrder(anEntry('before'))
    await store.evidence.append([answerRecord('1')], 'run')

    await proxy.cut()
    const working = [
      store.evidence.append([answerRecord('2'), answerRecord('3')], 'run'),
      store.evidence.append([answerRecord('4')], 'run'),
      store.ledger.enterOrder(anEntry('during')),
      store.ledger.beginPlacing('before'),
    ]
    await proxy.mend()
    expect(await Promise.all(working)).toMatchObject([
      undefined,
      undefined,
      { outcome: 'done' },
      { outcome: 'done', order: { attempts: 1 } },
    ])
    expect((await recordsOf(store.evidence, 'run')).map(({ record }) => record.id)).toStrictEqual(['1', '2', '3', '4'])
    expect((await store.ledger.openOrders()).map(({ key, state }) => [key, state])).toStrictEqual([
      ['before', 'placing'],
      ['during', 'entered'],
    ])
    await store.close()
    await proxy.cut()
  })

  it('knows its own work again when only the answer to it was lost', async () => {
    const proxy = await startProxy(databases.server.port)
    const store = await openStore({
      databaseUrl: changed(await databases.fresh(), (url) => (url.port = String(proxy.port))),
    })
    const { ledger } = store
    proxy.loseAnswerTo('insert into "waybill"."ledger"')
    expect(await ledger.enterOrder(anEntry('k'))).toMatchObject({ outcome: 'done', order: { state: 'entered' } })
    proxy.loseAnswerTo('update "waybill"."ledger"')
    expect(await ledger.beginPlacing('k')).toMatchObject({ outcome: 'done', order: { state: 'placing', attempts: 1 } })
    proxy.loseAnswerTo('update "waybill"."ledger"')
    expect(await ledger.repeatPlacing('k')).toMatchObject({ outcome: 'done', order: { attempts: 2 } })
    proxy.loseAnswerTo('commit')
    expect(await ledger.recordPlaced('k', ['42'])).toMatchObject({ outcome: 'done', order: { orderIds: ['42'] } })
    proxy.loseAnswerTo('commit')
    await store.evidence.append([answerRecord('1'), answerRecord('2')], 'run')
    expect(await recordsOf(store.evidence, 'run')).toStrictEqual([answerRecord('1'), answerRecord('2')])
    await store.close()
    await proxy.cut()
  })

  it('closes without it', async () => {
    const proxy = await startProxy(databases.server.port)
    const store = await openStore({
      databaseUrl: changed(await databases.fresh(), (url) => (url.port = String(proxy.port))),
    })
    await proxy.cut()
    await store.close()
    await store.close()
    await expect(store.ledger.openOrders()).rejects.toMatchObject({
      code: 'store-unavailable',
      message: 'The store is closed.',
    })
  })

  it('survives that the server ends its connections', async () => {
    const databaseUrl = await databases.fresh()
    const store = await openStore({ databaseUrl })
    await store.ledger.enterOrder(anEntry('k'))
    await query(
      databaseUrl,
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
    )
    expect(await store.ledger.order('k')).toMatchObject({ key: 'k' })
    await store.close()
  })
})

describe('the runs', () => {
  const beginning = { run: 'run-1', probe: 'shop-api', slot: null, startedAt: unixNanos(5n) }
  const verdict = {
    run: 'run-1',
    endedAt: unixNanos(9n),
    verdict: 'broken',
    revision: 1,
    document: { schema: 'waybill.verdict/1', reason: 'x' },
  }

  it('are kept from their beginning to their verdict', async () => {
    const store = await openStore({ databaseUrl: await databases.fresh() })
    await store.runs.begin(beginning)
    await store.runs.begin(beginning)
    expect(await store.runs.find('run-1')).toStrictEqual({
      ...beginning,
      endedAt: null,
      verdict: null,
      revision: null,
      document: null,
    })
    expect(await store.runs.recordVerdict(verdict)).toBe(true)
    expect(await store.runs.find('run-1')).toStrictEqual({ ...beginning, ...verdict })
    expect(await store.runs.find('run-2')).toBeNull()
    await store.close()
  })

  it('show the verdict of the latest revision and never go back to an earlier one', async () => {
    const store = await openStore({ databaseUrl: await databases.fresh() })
    await store.runs.begin(beginning)
    await store.runs.recordVerdict({ ...verdict, verdict: 'passed', revision: 2 })
    expect(await store.runs.recordVerdict(verdict)).toBe(false)
    expect(await store.runs.find('run-1')).toMatchObject({ verdict: 'passed', revision: 2 })
    await store.close()
  })

  it('keep a document whatever characters it holds', async () => {
    const store = await openStore({ databaseUrl: await databases.fresh() })
    await store.runs.begin(beginning)
    await store.runs.recordVerdict({ ...verdict, document: { 'na\u0000me': ['\ud800', 'fine 💍'] } })
    expect(await store.runs.find('run-1')).toMatchObject({ document: { 'na\ufffdme': ['\ufffd', 'fine 💍'] } })
    await store.close()
  })

  it('are listed newest first', async () => {
    const store = await openStore({ databaseUrl: await databases.fresh() })
    for (const [run, at] of [
      ['a', 3n],
      ['b', 20n],
      ['c', 100n],
    ] as const) {
      await store.runs.begin({ ...beginning, run, startedAt: unixNanos(at) })
    }
    expect((await store.runs.latest(2)).map(({ run }) => run)).toStrictEqual(['c', 'b'])
    await store.close()
  })
})
