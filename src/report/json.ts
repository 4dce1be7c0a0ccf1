import type { VerdictDocument } from './verdict-schema.ts'

/** NDJSON: one document per order and line. */
export const jsonReport = (documents: readonly VerdictDocument[]): string =>
  documents.map((document) => `${JSON.stringify(document)}\n`).join('')
