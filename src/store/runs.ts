import { type UnixNanos, unixNanos } from '../shared/units.ts'
import type { Database } from './database.ts'
import { storable } from './storable.ts'

/** The beginning of a run. */
interface RunBeginning {
  readonly run: string
  readonly probe: string
  readonly slot: string | null
  readonly startedAt: UnixNanos
}

/** A verdict on a run; a later revision supersedes an earlier one. */
interface RunVerdict {
  readonly run: string
  readonly endedAt: UnixNanos
  readonly verdict: string
  readonly revision: number
  /** The verdict document, as `--json` prints it. */
  readonly document: unknown
}

/** One run as the store knows it; without a verdict while it goes on, or when it was killed. */
interface StoredRun extends RunBeginning {
  readonly endedAt: UnixNanos | null
  readonly verdict: string | null
  readonly revision: number | null
  readonly document: unknown
}

/** All runs, past and present. Each call may be repeated. */
export interface Runs {
  begin(run: RunBeginning): Promise<void>
  /** Keeps the verdict unless one of a later revision is kept; says whether it did. */
  recordVerdict(verdict: RunVerdict): Promise<boolean>
  find(run: string): Promise<StoredRun | null>
  /** The newest runs first. */
  latest(limit: number): Promise<readonly StoredRun[]>
}

export function createRuns(database: Database): Runs {
  return {
    async begin({ run, probe, slot, startedAt }) {
      await database.attempt((tables) =>
        tables
          .insertInto('run')
          .values({ run, probe, slot, started_at: String(startedAt) })
          .onConflict((conflict) => conflict.column('run').doNothing())
          .execute(),
      )
    },
    recordVerdict: ({ run, endedAt, verdict, revision, document }) =>
      database.attempt(async (tables) => {
        const { numUpdatedRows } = await tables
          .updateTable('run')
          .set({ ended_at: String(endedAt), verdict, revision, document: JSON.stringify(storable(document)) })
          .where('run', '=', run)
          .where((row) => row.or([row('revision', 'is', null), row('revision', '<=', revision)]))
          .executeTakeFirst()
        return numUpdatedRows > 0n
      }),
    find: (run) =>
      database.attempt(async (tables) => {
        const row = await tables.selectFrom('run').selectAll().where('run', '=', run).executeTakeFirst()
        return row === undefined ? null : runOf(row)
      }),
    latest: (limit) =>
      database.attempt(async (tables) => {
        const rows = await tables
          .selectFrom('run')
          .selectAll()
          .orderBy('started_at', 'desc')
          .orderBy('run')
          .limit(limit)
          .execute()
        return rows.map(runOf)
      }),
  }
}

interface RunRow {
  readonly run: string
  readonly probe: string
  readonly slot: string | null
  readonly started_at: string
  readonly ended_at: string | null
  readonly verdict: string | null
  readonly revision: number | null
  readonly document: unknown
}

const runOf = ({ started_at, ended_at, ...row }: RunRow): StoredRun => ({
  ...row,
  startedAt: unixNanos(BigInt(started_at)),
  endedAt: ended_at === null ? null : unixNanos(BigInt(ended_at)),
})
