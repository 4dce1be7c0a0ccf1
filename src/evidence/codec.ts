import type * as z from 'zod'
import { WaybillError } from '../shared/errors.ts'
import type { EvidenceRecord } from './evidence.ts'
import { EVIDENCE_SCHEMA, evidenceLine } from './record-schema.ts'

/** A line of evidence as read: the record, and the run it was written for if the line says so. */
export interface DecodedLine {
  readonly run: string | null
  readonly record: EvidenceRecord
}

/** Bigints become decimal strings; numbers that JSON would lose become `{"$number": …}`, as `record-schema.ts` reads them. */
const writeValue = (_name: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'number') return value
  if (Object.is(value, -0)) return { $number: '-0' }
  return Number.isFinite(value) ? value : { $number: String(value) }
}

/**
 * One record as one line of JSON without its newline. The line is self-contained, so files may be cut, joined and
 * shuffled by line. NUL and lone surrogates are written as escapes; the line itself is always well-formed text.
 */
export function encodeRecord(record: EvidenceRecord, run?: string): string {
  return JSON.stringify({ schema: EVIDENCE_SCHEMA, run, type: record.type, record: record.record }, writeValue)
}

/** The record of a line; throws `bad-capture` with what was expected when the line is no evidence. */
export function decodeRecord(line: string): EvidenceRecord {
  return decodeLine(line).record
}

/** As `decodeRecord`, with the run; `place` (file and line) goes into the error. */
export function decodeLine(line: string, place?: string): DecodedLine {
  const bad = (message: string, details: { expected: string; actual?: string; cause?: unknown }) =>
    new WaybillError({ code: 'bad-capture', message, ...(place === undefined ? {} : { place }), ...details })

  let written: unknown
  try {
    written = JSON.parse(line)
  } catch (cause) {
    throw bad('This line is no JSON.', { expected: 'one evidence record on the line', actual: excerpt(line), cause })
  }
  const version = versionOf(written)
  if (version !== EVIDENCE_SCHEMA) {
    throw bad('This line is no evidence of this version of Waybill.', {
      expected: `schema "${EVIDENCE_SCHEMA}"`,
      actual: version === undefined ? 'no schema' : JSON.stringify(version).slice(0, EXCERPT_LENGTH),
    })
  }
  const parsed = evidenceLine.safeParse(written)
  if (!parsed.success) {
    throw bad('This line is no whole evidence record.', { expected: describe(parsed.error), actual: excerpt(line) })
  }
  const { schema: _, run, ...record } = parsed.data
  return { run: run ?? null, record }
}

const EXCERPT_LENGTH = 80

const excerpt = (line: string): string =>
  JSON.stringify(line.length <= EXCERPT_LENGTH ? line : `${line.slice(0, EXCERPT_LENGTH)}…`)

const versionOf = (written: unknown): unknown =>
  typeof written === 'object' && written !== null && 'schema' in written ? written.schema : undefined

const ISSUES_SHOWN = 3

/** What the schema wanted and where, for the first few places. */
const describe = (error: z.ZodError): string => {
  const shown = error.issues.slice(0, ISSUES_SHOWN).map(({ path, message }) => {
    const where = path.map(String).join('.')
    return where === '' ? message : `${where}: ${message}`
  })
  const more = error.issues.length - shown.length
  return more > 0 ? `${shown.join('; ')} and ${more} more` : shown.join('; ')
}
