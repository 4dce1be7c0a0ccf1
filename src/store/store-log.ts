import { sql } from 'kysely'
import { decodeRecord, encodeRecord } from '../evidence/codec.ts'
import type { EvidenceLog } from '../evidence/log/evidence-log.ts'
import { fingerprint } from '../evidence/log/fingerprint.ts'
import { WaybillError } from '../shared/errors.ts'
import type { Database } from './database.ts'
import { STORE_SCHEMA } from './schema.ts'

interface Row {
  readonly fingerprint: string
  readonly line: string
}

/** Bounds of one statement; the statements of one append share a transaction. */
const ROWS_PER_INSERT = 1000
const CHARACTERS_PER_INSERT = 8_000_000
/** Bounds of one page of reading. */
const ROWS_PER_PAGE = 1000
const CHARACTERS_PER_PAGE = 8_000_000

const EVIDENCE = sql.table(`${STORE_SCHEMA}.evidence`)

/**
 * The PostgreSQL form of the evidence log. Lines are kept as text and not as `jsonb`, which would refuse characters that foreign
 * telemetry may hold. `close` ends the use of the log, not the connections.
 */
export function createStoreLog(database: Database): EvidenceLog {
  let closed = false
  // One append after the other, so that the order is that of the calls.
  let last: Promise<unknown> = Promise.resolve()
  const checkOpen = () => {
    if (closed)
      throw new WaybillError({
        code: 'store-unavailable',
        place: database.place,
        message: 'The evidence log is closed.',
      })
  }

  const insert = (rows: readonly Row[], run: string) =>
    database.attempt((tables) =>
      tables.transaction().execute(async (tx) => {
        for (const part of inParts(rows)) {
          await sql`
            insert into ${EVIDENCE} (run, fingerprint, line)
            select ${runName(run)}, decode(told.fingerprint, 'base64'), told.line
            from unnest(${part.map((row) => row.fingerprint)}::text[], ${part.map((row) => row.line)}::text[])
              with ordinality as told (fingerprint, line, place)
            order by told.place
            on conflict (fingerprint) do nothing`.execute(tx)
        }
      }),
    )

  const page = (run: string, after: string) =>
    database.attempt(async (tables) => {
      const found = await sql<{ seq: string; line: string }>`
        select seq, line from (
          select seq, line, sum(octet_length(line)) over (order by seq) - octet_length(line) as before
          from (
            select seq, line from ${EVIDENCE}
            where run = ${runName(run)} and seq > ${after}::bigint order by seq limit ${ROWS_PER_PAGE}
          ) as next_rows
        ) as measured
        where before < ${CHARACTERS_PER_PAGE} order by seq`.execute(tables)
      return found.rows
    })

  return {
    async append(records, run) {
      checkOpen()
      const rows = records.map((record) => ({ fingerprint: fingerprint(record, run), line: encodeRecord(record) }))
      if (rows.length === 0) return
      const kept = last.then(() => insert(rows, run))
      last = kept.catch(() => {})
      await kept
    },
    async *read(run) {
      let after = '0'
      for (;;) {
        checkOpen()
        const rows = await page(run, after)
        for (const { line } of rows) yield decodeRecord(line)
        const end = rows.at(-1)
        if (end === undefined) return
        after = end.seq
      }
    },
    async close() {
      closed = true
      await last
    },
  }
}

/** A run's name as text that PostgreSQL takes, whatever it holds. */
const runName = (run: string): string => JSON.stringify(run)

function* inParts(rows: readonly Row[]): Generator<readonly Row[]> {
  let part: Row[] = []
  let characters = 0
  for (const row of rows) {
    part.push(row)
    characters += row.line.length
    if (part.length < ROWS_PER_INSERT && characters < CHARACTERS_PER_INSERT) continue
    yield part
    part = []
    characters = 0
  }
  if (part.length > 0) yield part
}
