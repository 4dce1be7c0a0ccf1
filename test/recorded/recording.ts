import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { z } from 'zod'
import { CLASS_OF, type FindingCode } from '../../src/diagnosis/catalogue.ts'
import { decodeRecord, encodeRecord } from '../../src/evidence/codec.ts'
import type { Evidence, EvidenceRecord, WatchedOrder } from '../../src/evidence/evidence.ts'
import { type UnixNanos, unixNanos } from '../../src/shared/units.ts'
import type { Expected } from './plays.ts'

/** What was known of one order that really travelled, and what it must be called. */
export interface Recording {
  readonly order: WatchedOrder
  readonly contractPace: 'fast'
  readonly expected: Expected
  /** When the first final verdict was reached. */
  readonly decidedAt: UnixNanos
  /** End of the recording, after every deadline that evidence taken away could bring into play. */
  readonly now: UnixNanos
}

/** A recording with its evidence, in the order in which it arrived. */
export interface Recorded extends Recording {
  readonly name: string
  readonly evidence: Evidence
}

export const ORDERS = join(import.meta.dirname, 'orders')
const SUFFIX = '.jsonl.gz'
const BEST_COMPRESSION = 9

const nanos = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => unixNanos(BigInt(text)))

const header = z.strictObject({
  order: z.strictObject({
    key: z.string(),
    flow: z.string(),
    probe: z.string(),
    run: z.string(),
    until: z.string().nullable(),
    enteredAt: nanos,
    placeWithinMs: z.number(),
  }),
  contractPace: z.literal('fast'),
  expected: z.strictObject({
    verdicts: z.array(z.enum(['passed', 'degraded', 'broken'])),
    code: z.enum(Object.keys(CLASS_OF) as FindingCode[]).nullable(),
    at: z.string(),
    after: z.string().nullable(),
  }),
  decidedAt: nanos,
  now: nanos,
})

/** Writes one order's file: the header, then one evidence record a line. */
export function writeRecording(
  folder: string,
  name: string,
  told: Recording,
  records: readonly EvidenceRecord[],
): void {
  const { order, contractPace, expected, decidedAt, now } = told
  const first = JSON.stringify({ order, contractPace, expected, decidedAt, now }, (_, value: unknown) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
  const text = [first, ...records.map((record) => encodeRecord(record))].join('\n')
  writeFileSync(join(folder, `${name}${SUFFIX}`), gzipSync(`${text}\n`, { level: BEST_COMPRESSION }))
}

/** Every recorded order of a folder, by name. */
export function readRecordings(folder: string = ORDERS): readonly Recorded[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .sort()
    .map((file) => {
      const [first = '', ...lines] = gunzipSync(readFileSync(join(folder, file)))
        .toString()
        .trimEnd()
        .split('\n')
      const records = lines.map(decodeRecord)
      return {
        ...header.parse(JSON.parse(first)),
        name: file.slice(0, -SUFFIX.length),
        evidence: {
          facts: records.flatMap((it) => (it.type === 'fact' ? [it.record] : [])),
          conditions: records.flatMap((it) => (it.type === 'condition' ? [it.record] : [])),
          coverage: records.flatMap((it) => (it.type === 'coverage' ? [it.record] : [])),
        },
      }
    })
}
