import type { DrillDocument, DrillSummary } from './drill-schema.ts'
import { cellsOf, HEAD, inventedText, summaryText } from './drill-table.ts'

/** When, where and how a drill was run. */
export interface DrillPlace {
  readonly date: Date
  readonly cores: number
  readonly processor: string
  readonly memoryGib: number
  readonly system: string
  readonly node: string
  readonly waybill: string
  /** The command line that repeats it. */
  readonly command: string
}

const INTRODUCTION = `# The drill

Written by \`npx waybill drill … --write docs/drill.md\`, one section for each kind of drill; the command in a section repeats it.

Each row breaks the reference order system on purpose, places a real order in it and compares what the monitor says with what was done. The monitor does not know what was done: it
sees spans, messages, answers, rows, files and pages, nothing else. *Time* is how long after the last fact of its proof, or after the deadline that silence has to pass, the
finding was said; its limit is one for 95 of 100 rows, and no row may take twice as long. *Harmless* rows look like trouble and are none. Healthy orders run in between and at the same time.
`

const escaped = (text: string): string => text.replaceAll('|', '\\|')

const tableOf = (documents: readonly DrillDocument[]): readonly string[] => {
  const line = (cells: readonly string[]) => `| ${cells.map(escaped).join(' | ')} |`
  return documents.length === 0
    ? []
    : [line(HEAD), line(HEAD.map(() => '---')), ...documents.map((document) => line(cellsOf(document))), '']
}

const failures = (documents: readonly DrillDocument[]): readonly string[] =>
  documents.filter(({ passed }) => !passed).map(({ row, why }) => `- **${row}**: ${why.join(' ')}`)

function sectionOf(
  title: string,
  documents: readonly DrillDocument[],
  summary: DrillSummary,
  { date, cores, processor, memoryGib, system, node, waybill, command }: DrillPlace,
): string {
  const failed = failures(documents)
  const invented = inventedText(documents)
  return [
    `## ${title}`,
    '',
    `${summaryText(summary)} Again: \`${command}\``,
    '',
    ...(invented === null ? [] : [invented, '']),
    `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC, ${cores} cores (${processor}), ${memoryGib} GiB, ${system}, Node ${node}, Waybill ${waybill}.`,
    '',
    ...tableOf(documents),
    ...(failed.length === 0 ? [] : ['Did not pass:', '', ...failed, '']),
  ].join('\n')
}

/** What kind of drill it was, as the heading of its section. */
export const titleOf = ({ without, seed }: DrillSummary, random: boolean): string => {
  const what = random ? 'Random pairs' : seed === null ? 'All rows' : 'Healthy orders'
  return without === null ? what : `${what}, without ${without}`
}

/** The page with the section of this drill put in, in place of the one it had under the same heading. */
export function pageWith(
  before: string | null,
  title: string,
  documents: readonly DrillDocument[],
  summary: DrillSummary,
  place: DrillPlace,
): string {
  const [, ...sections] = (before ?? '').split(/^(?=## )/m)
  const section = sectionOf(title, documents, summary, place)
  const index = sections.findIndex((text) => text.startsWith(`## ${title}\n`))
  const kept = sections.map((text) => text.trimEnd())
  const put = index === -1 ? [...kept, section] : kept.with(index, section)
  return [INTRODUCTION, ...put].map((text) => `${text.trimEnd()}\n`).join('\n')
}
