import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPoller } from '../../src/app/follow/poller.ts'
import type { Watched } from '../../src/app/follow/watched.ts'
import type { RowSpec } from '../../src/contract/contract.ts'
import type { Condition, SourceDown } from '../../src/evidence/condition.ts'
import type { Fact } from '../../src/evidence/fact.ts'
import { createPostgresSource } from '../../src/evidence/postgres/postgres.ts'
import { createMonitorClock } from '../../src/shared/clock.ts'
import type { Secret } from '../../src/shared/secret.ts'
import { milliseconds } from '../../src/shared/units.ts'
import { type Databases, query, startDatabases } from '../store/databases.ts'

/** Ten million take half a minute to make; the question goes through all of a million in vain as well. */
const IS_VAST = process.env.WAYBILL_TROUBLE === 'all'
const ROWS = IS_VAST ? 10_000_000 : 1_000_000
/** A small part of what one look through all rows takes. */
const LIMIT_MS = 40
const OURS = 'ours'

/** Written by somebody who compares without regard to case, where no index helps. */
const SLOW: RowSpec = {
  database: 'shop-db',
  query: 'SELECT id, ref, state FROM orders WHERE lower(id) = ANY ($1::text[]) OR lower(ref) = ANY ($2::text[])',
  columns: { order: 'id', reference: 'ref', status: 'state' },
}

let databases: Databases
let url: Secret

beforeAll(async () => {
  databases = await startDatabases()
  url = await databases.fresh()
  await query(url, 'CREATE UNLOGGED TABLE orders (id text, ref text, state text)')
  await query(
    url,
    `INSERT INTO orders SELECT 'order-' || n, 'REF-' || n, 'NEW' FROM generate_series(1, ${ROWS}) AS n
     UNION ALL SELECT '${OURS}', 'SYN-1', 'NEW'`,
  )
}, 240_000)
afterAll(() => databases.stop())

/** One order that is watched and of which nothing is known but its names. */
const order = (): Watched => {
  const none: ReadonlySet<string> = new Set()
  const keys = {
    order: new Set([OURS]),
    reference: new Set(['syn-1']),
    trace: none,
    message: none,
    correlation: none,
    run: none,
  }
  return {
    order: {
      key: 'syn-1',
      flow: 'customer',
      probe: 'trouble',
      run: 'run',
      until: null,
      enteredAt: createMonitorClock().now(),
      placeWithinMs: 1_000,
    },
    standing: () => null,
    facts: () => [],
    keys: () => keys,
    until: () => Promise.resolve(false),
    final: () => Promise.reject(new Error('It has no verdict.')),
    onChange: () => () => {},
  }
}

/** Watches an order's rows for a while; what was told, and how often the server was busy with it, looked at every 20 ms. */
const watch = async (timeoutMs: number, forMs: number) => {
  const clock = createMonitorClock()
  const source = createPostgresSource({
    databases: { 'shop-db': { url } },
    rows: { shop: SLOW },
    clock,
    timeoutMs,
    pace: { quick: milliseconds(100), slowest: milliseconds(100), maxPerSecond: 10 },
  })
  const facts: Fact[] = []
  const conditions: Condition[] = []
  const poller = createPoller({
    askers: [source],
    pace: { quick: milliseconds(100), slowest: milliseconds(100), maxPerSecond: 10 },
    clock,
    sink: {
      fact: (fact) => void facts.push(fact),
      condition: (condition) => void conditions.push(condition),
      coverage: () => {},
    },
  })
  poller.watch(order())
  const until = performance.now() + forMs
  let busy = 0
  let looks = 0
  let most = 0
  while (performance.now() < until) {
    const [told] = await query(
      url,
      `SELECT count(*)::int AS n FROM pg_stat_activity
       WHERE application_name = 'waybill-monitor' AND state = 'active' AND backend_type = 'client backend'`,
    )
    const active = Number(told?.n)
    looks += 1
    if (active > 0) busy += 1
    most = Math.max(most, active)
  }
  poller.stop()
  const health = source.health()
  await source.close()
  return { facts, conditions, health, most, share: busy / looks }
}

describe('a table too vast to be looked through', () => {
  it('makes the rows a source that is down, never an order that is not there', { timeout: 30_000 }, async () => {
    const { facts, conditions, health, most, share } = await watch(LIMIT_MS, 4_000)
    expect(new Set(facts.map((fact) => (fact.kind === 'status-unavailable' ? fact.why : fact.kind)))).toEqual(
      new Set(['timeout']),
    )
    const down = conditions.filter((condition): condition is SourceDown => condition.kind === 'source-down')
    expect(down.length).toBe(facts.length)
    expect(new Set(down.map(({ subject, from }) => `${subject} ${from}`)).size).toBe(1)
    expect(health.state).toBe('down')
    // At 0 s, 0.5 s, 1.5 s, 3.5 s, and each for no longer than the limit: asked ever more rarely.
    expect(facts.length).toBeLessThanOrEqual(5)
    expect(most).toBeLessThanOrEqual(1)
    expect(share).toBeLessThan(0.25)
  })

  it('is read all the same by whoever has the patience', { timeout: 100_000 }, async () => {
    const { facts, health } = await watch(30_000, IS_VAST ? 60_000 : 2_000)
    expect(facts.some((fact) => fact.kind === 'status-answered')).toBe(true)
    expect(health.state).toBe('healthy')
  })
})
