import { createServer, type Socket } from 'node:net'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RowSpec } from '../../../src/contract/contract.ts'
import type { Fact } from '../../../src/evidence/fact.ts'
import type { KeySet } from '../../../src/evidence/keys.ts'
import type { Answer } from '../../../src/evidence/ports.ts'
import { createPostgresSource, type PostgresSource } from '../../../src/evidence/postgres/postgres.ts'
import { createMonitorClock } from '../../../src/shared/clock.ts'
import { Secret } from '../../../src/shared/secret.ts'
import { fromMs, milliseconds, plus } from '../../../src/shared/units.ts'
import { type Databases, query, startDatabases } from '../../store/databases.ts'

let databases: Databases
let admin: Secret
let reader: Secret

beforeAll(async () => {
  databases = await startDatabases()
  admin = await databases.fresh()
  await query(admin, "CREATE ROLE looker LOGIN PASSWORD 'looker'")
  await query(admin, 'CREATE TABLE orders (id uuid PRIMARY KEY, ref text, state text, price integer, past text[])')
  await query(admin, 'GRANT SELECT ON orders TO looker')
  await query(
    admin,
    `CREATE FUNCTION meddle() RETURNS text LANGUAGE sql SECURITY DEFINER AS
     $$ INSERT INTO orders (id, state) VALUES (gen_random_uuid(), 'X') RETURNING state $$`,
  )
  const url = new URL(admin.reveal())
  url.username = 'looker'
  url.password = 'looker'
  reader = new Secret(url.href)
})
afterAll(() => databases.stop())

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await query(admin, 'TRUNCATE orders')
})

const ROWS: RowSpec = {
  database: 'shop-db',
  query: `SELECT id, ref, state, price, past FROM orders
    WHERE id = ANY (ARRAY(SELECT CASE WHEN pg_input_is_valid(i, 'uuid') THEN i::uuid END FROM unnest($1::text[]) AS i))
       OR ref = ANY ($2::text[])`,
  columns: { order: 'id', reference: 'ref', status: 'state', history: 'past', content: { price: 'price' } },
}

const A = '00000000-0000-4000-8000-00000000000a'
const B = '00000000-0000-4000-8000-00000000000b'

const keys = (order: readonly string[], reference: readonly string[] = ['SYN-1']): KeySet => {
  const none: ReadonlySet<string> = new Set()
  return {
    order: new Set(order),
    reference: new Set(reference),
    trace: none,
    message: none,
    correlation: none,
    run: none,
  }
}

let aheadMs = 0
const real = createMonitorClock()
const clock = { now: () => plus(real.now(), fromMs(aheadMs)) }

const source = (rows: Partial<RowSpec> = {}, url = reader, timeoutMs = 2_000): PostgresSource => {
  const made = createPostgresSource({
    databases: { 'shop-db': { url } },
    rows: { shop: { ...ROWS, ...rows } },
    clock,
    timeoutMs,
    pace: { quick: milliseconds(100), slowest: milliseconds(100), maxPerSecond: 10 },
  })
  closing.push(made.close)
  return made
}

const insert = (
  id: string,
  ref: string | null,
  state: string,
  price: number | null = null,
  past: string[] | null = null,
) => query(admin, 'INSERT INTO orders VALUES ($1, $2, $3, $4, $5)', [id, ref, state, price, past])

const ask = (asked: PostgresSource, about: KeySet): Promise<Answer> =>
  asked.ask('shop', about, new AbortController().signal)

const factsOf = (answer: Answer): readonly Fact[] => (answer.outcome === 'unsupported' ? [] : answer.facts)
const said = (answer: Answer) =>
  factsOf(answer).map((fact) =>
    fact.kind === 'status-answered'
      ? { system: fact.system, status: fact.status, history: fact.history, content: fact.content, keys: fact.keys }
      : fact.kind === 'order-found'
        ? { found: fact.orderId, id: fact.id }
        : fact.kind === 'status-unavailable'
          ? { why: fact.why }
          : fact,
  )

describe('the rows of orders', () => {
  it('tell status, history and content, and once that the order exists', async () => {
    await insert(A, 'SYN-1', 'PRICED', 7543, ['NEW', 'PRICED'])
    const asked = source()
    const answer = await ask(asked, keys([A]))
    expect(answer.outcome).toBe('found')
    expect(said(answer)).toEqual([
      { found: A, id: `postgres:shop:SYN-1:${A}:found` },
      {
        system: 'shop',
        status: 'PRICED',
        history: ['NEW', 'PRICED'],
        content: { price: '7543' },
        keys: [
          { kind: 'order', value: A },
          { kind: 'reference', value: 'SYN-1' },
        ],
      },
    ])
    const again = await ask(asked, keys([A]))
    expect(factsOf(again).map(({ id }) => id)[0]).toBe(factsOf(answer)[0]?.id)
    expect(factsOf(again)[1]?.id).not.toBe(factsOf(answer)[1]?.id)
    expect(asked.health()).toMatchObject({ state: 'healthy', told: 4, detail: null })
  })

  it('tell by the reference what ids there are before any is known, and that there is none', async () => {
    const asked = source()
    expect(said(await ask(asked, keys([])))).toEqual([
      {
        system: 'shop',
        status: null,
        history: null,
        content: undefined,
        keys: [{ kind: 'reference', value: 'SYN-1' }],
      },
    ])
    await insert(A, 'SYN-1', 'NEW')
    await insert(B, 'SYN-1', 'NEW')
    const found = said(await ask(asked, keys([]))).flatMap((it) => ('found' in it ? [it.found] : []))
    expect(found.toSorted()).toEqual([A, B])
  })

  it('say that a known id has no row, and know ours by its id where the reference is only written in another way', async () => {
    await insert(B, 'ext/syn-1', 'NEW')
    const answer = said(await ask(source(), keys([A, B, 'no-uuid'])))
    expect(answer.map((it) => ('status' in it ? [it.status, it.keys?.[0]?.value] : it))).toEqual([
      ['NEW', B],
      [null, A],
      [null, 'no-uuid'],
    ])
  })

  it('say of the order of another under our id that it is none of ours', async () => {
    await insert(B, 'SYN-2', 'NEW')
    expect(factsOf(await ask(source(), keys([B])))).toMatchObject([
      { kind: 'status-answered', status: null, foreign: true },
    ])
  })

  it('of many orders are read in one question, and each order gets its own', async () => {
    await insert(A, 'SYN-1', 'NEW')
    await insert(B, 'SYN-2', 'PRICED')
    const answers = await source().askMany?.(
      'shop',
      [keys([A], ['SYN-1']), keys([], ['SYN-2']), keys([], ['SYN-3'])],
      new AbortController().signal,
    )
    const told = answers?.map((answer) => said(answer).flatMap((it) => ('status' in it ? [it.status] : [])))
    expect(told).toEqual([['NEW'], ['PRICED'], [null]])
  })

  it('stand for every system that shows them', async () => {
    await insert(A, 'SYN-1', 'NEW')
    const answer = said(await ask(source({ alsoShownBy: ['crm'] }), keys([A])))
    expect(answer.flatMap((it) => ('system' in it ? [it.system] : []))).toEqual(['shop', 'crm'])
  })
})

describe('a database that is in no state to answer', () => {
  it.each<[string, Partial<RowSpec>, string]>([
    [
      'has no such table',
      { query: 'SELECT 1 FROM nothing WHERE $1::text[] IS NOT NULL OR $2::text[] IS NULL' },
      'error',
    ],
    [
      'takes too long',
      { query: 'SELECT id, ref, state, price, past FROM orders, pg_sleep(20) WHERE $1::text[] <> $2::text[]' },
      'timeout',
    ],
    ['tells no status', { columns: { ...ROWS.columns, status: 'price' } }, 'nonsense'],
    ['tells another column', { columns: { ...ROWS.columns, history: 'gone' } }, 'nonsense'],
    [
      'tells an order twice',
      { query: `${ROWS.query} UNION ALL SELECT id, ref, state, price, past FROM orders` },
      'nonsense',
    ],
    [
      'would have to write',
      { query: ROWS.query.replace('SELECT id, ref, state', 'SELECT id, ref, meddle() AS state') },
      'error',
    ],
  ])('is unavailable, never empty: it %s', async (_what, rows, why) => {
    await insert(A, 'SYN-1', 'NEW')
    const asked = source(rows, reader, 300)
    const answer = await ask(asked, keys([A]))
    expect(answer).toMatchObject({ outcome: 'unavailable', conditions: [{ kind: 'source-down', subject: 'shop-db' }] })
    expect(said(answer)).toEqual([{ why }])
    expect(asked.health().state).toBe('down')
    expect(await query(admin, 'SELECT count(*)::int AS n FROM orders')).toEqual([{ n: 1 }])
  })

  it('is unavailable while somebody holds the table, and holds nobody up itself', async () => {
    const asked = source()
    const holder = new pg.Client({ connectionString: admin.reveal() })
    await holder.connect()
    closing.push(() => holder.end())
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE orders IN ACCESS EXCLUSIVE MODE')
    expect(said(await ask(asked, keys([A])))).toEqual([{ why: 'timeout' }])
    await holder.query('ROLLBACK')
  })

  it('is unavailable when nothing listens, and when it is silent', async () => {
    const open = new Set<Socket>()
    const silent = createServer((socket) => void open.add(socket))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' ? address?.port : 0
    const at = (host: string) => new Secret(`postgres://looker:secret@${host}/orders`)
    expect(said(await ask(source({}, at('127.0.0.1:1')), keys([A])))).toEqual([{ why: 'refused' }])
    expect(said(await ask(source({}, at(`127.0.0.1:${port}`), 200), keys([A])))).toEqual([{ why: 'timeout' }])
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => silent.close(resolve))
  })

  it('is left alone for a while, longer after each failure, and speaks again afterwards', async () => {
    await insert(A, 'SYN-1', 'NEW')
    await query(admin, 'ALTER ROLE looker NOLOGIN')
    const asked = source()
    expect(said(await ask(asked, keys([A])))).toEqual([{ why: 'error' }])
    const rested = await ask(asked, keys([A]))
    expect(rested).toMatchObject({ outcome: 'unavailable', facts: [] })
    await query(admin, 'ALTER ROLE looker LOGIN')
    aheadMs += 600
    expect((await ask(asked, keys([A]))).outcome).toBe('found')
    expect(asked.health().state).toBe('healthy')
  })
})

describe('the role of the connection', () => {
  it('is said to be able to write where it is, without trying', async () => {
    expect(await source().rights('shop-db')).toEqual({
      state: 'told',
      role: 'looker',
      superuser: false,
      writable: [],
    })
    const own = await source({}, admin).rights('shop-db')
    expect(own).toMatchObject({ superuser: true, writable: ['public.orders'] })
    expect(await source({}, new Secret('postgres://x@127.0.0.1:1/x')).rights('shop-db')).toMatchObject({
      state: 'unavailable',
    })
  })
})
