import type { RowSpec } from '../../contract/contract.ts'
import type { Clock } from '../../shared/clock.ts'
import type { KeySet } from '../keys.ts'
import { createOutage, type Outage } from '../outage.ts'
import type { Answer, Asker, Pace, SourceHealth } from '../ports.ts'
import { type Database, openDatabase } from './database.ts'
import { type Asking, factsOf, rowsOf, unavailableFacts } from './facts.ts'
import { type RowReading, readRows } from './read-row.ts'
import { askRights, type Rights } from './rights.ts'
import type { DatabaseAccess } from './settings.ts'
import { type Trouble, troubleOf } from './trouble.ts'

export interface PostgresOptions {
  /** How to reach each database that `rows` names. */
  readonly databases: Readonly<Record<string, DatabaseAccess>>
  /** By the system whose view the rows are. */
  readonly rows: Readonly<Record<string, RowSpec>>
  readonly clock: Clock
  /** Longest time for one statement, and for one connection. */
  readonly timeoutMs: number
  readonly pace: Pace
}

/** Reads the rows of orders in the systems' own databases, all watched orders in one SELECT. */
export interface PostgresSource extends Asker {
  close(): Promise<void>
  /** What the role of a database's connection may do besides reading. */
  rights(database: string): Promise<Rights>
}

interface Kept {
  readonly database: Database
  readonly outage: Outage
}

/** Connects to nothing until it is asked. */
export function createPostgresSource(options: PostgresOptions): PostgresSource {
  const { clock, timeoutMs, pace } = options
  const kept = new Map<string, Kept>()
  for (const [name, access] of Object.entries(options.databases))
    kept.set(name, { database: openDatabase(access, timeoutMs), outage: createOutage('postgres', name) })
  let told = 0
  let refused = 0

  const askMany = async (
    system: string,
    orders: readonly KeySet[],
    signal: AbortSignal,
  ): Promise<readonly Answer[]> => {
    const spec = options.rows[system]
    const place = spec === undefined ? undefined : kept.get(spec.database)
    if (spec === undefined || place === undefined) {
      return orders.map(() => ({ outcome: 'unsupported', why: `no rows of ${system} are configured` }))
    }
    const sentAt = clock.now()
    const { database, outage } = place
    if (outage.resting(sentAt)) return orders.map(() => left(`${spec.database} ${outage.detail ?? 'does not answer'}`))
    const outcome = await read(database, spec, orders)
    const endedAt = clock.now()
    if (signal.aborted) return orders.map(() => left('stopped while asking'))
    const askings = orders.map((keys) => ({
      keys,
      sentAt,
      endedAt,
      shownBy: [system, ...(spec.alsoShownBy ?? [])],
    }))
    if ('trouble' in outcome) {
      if (outcome.trouble.why === 'nonsense') refused += 1
      const down = outage.failed(sentAt, endedAt, outcome.trouble.detail)
      const answers = askings.map((asking) => unanswered(asking, outcome.trouble))
      told += answers.length
      return answers.map((answer, index) => (index === 0 ? { ...answer, conditions: [down] } : answer))
    }
    outage.answered()
    const answers = askings.map((asking) => answerOf(asking, outcome.rows))
    told += answers.reduce((sum, { facts }) => sum + facts.length, 0)
    return answers
  }

  return {
    name: 'postgres',
    systems: Object.keys(options.rows),
    pace,
    wants: (_system, { keys }) => keys.order.size > 0 || keys.reference.size > 0,
    ask: async (system, keys, signal) => {
      const [answer] = await askMany(system, [keys], signal)
      return answer ?? left('nothing was asked')
    },
    askMany,
    rights: async (name) => {
      const place = kept.get(name)
      return place === undefined ? { state: 'unavailable', why: 'not configured' } : askRights(place.database)
    },
    health: () => healthOf(kept, told, refused),
    close: async () => {
      await Promise.allSettled([...kept.values()].map(({ database }) => database.close()))
    },
  }
}

const left = (why: string): Answer => ({ outcome: 'unavailable', why, facts: [] })

const unanswered = (asking: Asking, trouble: Trouble) =>
  ({ outcome: 'unavailable', why: trouble.detail, facts: unavailableFacts(asking, trouble) }) as const

const answerOf = (asking: Asking, rows: readonly RowReading[]) => {
  const facts = factsOf(asking, rows)
  return { outcome: rowsOf(asking.keys, rows).length > 0 ? 'found' : 'not-yet', facts } as const
}

async function read(
  database: Database,
  { query, columns }: RowSpec,
  orders: readonly KeySet[],
): Promise<{ readonly rows: readonly RowReading[] } | { readonly trouble: Trouble }> {
  const ids = [...new Set(orders.flatMap(({ order }) => [...order]))]
  const references = [...new Set(orders.flatMap(({ reference }) => [...reference]))]
  try {
    const answered = readRows(columns, await database.read(query, [ids, references]))
    if ('rows' in answered) return answered
    return { trouble: { why: 'nonsense', detail: answered.nonsense } }
  } catch (error) {
    return { trouble: troubleOf(error) }
  }
}

const healthOf = (kept: ReadonlyMap<string, Kept>, told: number, refused: number): SourceHealth => {
  const down = [...kept].flatMap(([name, { outage }]) => (outage.detail === null ? [] : [`${name} ${outage.detail}`]))
  const counts = {
    name: 'postgres',
    told,
    dropped: refused,
    detail: down.length === 0 ? null : down.join('; '),
  } as const
  if (kept.size === 0) return { ...counts, state: 'not-configured' }
  return { ...counts, state: down.length === kept.size ? 'down' : 'healthy' }
}
