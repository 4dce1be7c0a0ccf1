import { jsonReport } from './json.ts'
import { junitReport } from './junit.ts'
import { markdownReport } from './markdown.ts'
import type { VerdictDocument } from './verdict-schema.ts'

/** Kinds of `--report KIND=FILE`, each a function from documents to the text of the file. */
export const REPORTERS = {
  junit: junitReport,
  json: jsonReport,
  markdown: markdownReport,
} as const satisfies Record<string, (documents: readonly VerdictDocument[]) => string>

export type ReportKind = keyof typeof REPORTERS

export const isReportKind = (kind: string): kind is ReportKind => Object.hasOwn(REPORTERS, kind)
