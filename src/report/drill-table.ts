import type { DrillDocument, DrillSummary } from './drill-schema.ts'
import { durationText } from './durations.ts'
import { type Style, safeText, type Tone } from './style.ts'

const TONES: Readonly<Record<DrillDocument['verdict'], Tone>> = {
  passed: 'good',
  degraded: 'warn',
  broken: 'bad',
  inconclusive: 'unsure',
}

export const HEAD = ['row', 'at', 'expected', 'found', 'time', 'limit', 'verdict', ''] as const

const foundText = ({ found, expected }: DrillDocument): string => {
  const named = found.map(({ code, handoff, stage }) =>
    `${code === expected ? '' : `${code} `}${handoff ?? stage ?? ''}`.trim(),
  )
  return named.length === 0
    ? expected === null
      ? ''
      : '–'
    : named.map((text) => (text === '' ? '✓' : text)).join(', ')
}

const timeText = ({ timeToDetectionMs }: DrillDocument): string =>
  timeToDetectionMs === null ? '' : durationText(timeToDetectionMs)

const limitText = ({ limitMs, expected, provable }: DrillDocument): string =>
  expected === null || !provable ? '' : `≤ ${durationText(limitMs)}`

const isLate = ({ provable, timeToDetectionMs, limitMs }: DrillDocument): boolean =>
  provable && timeToDetectionMs !== null && timeToDetectionMs > limitMs

const INVENTED_MARK = '†'

/** One row as the cells of a table: what was done, what was said of it and how soon. */
export const cellsOf = (document: DrillDocument): readonly string[] => [
  document.invented ? `${document.row} ${INVENTED_MARK}` : document.row,
  document.expected === null ? '' : document.at,
  document.expected === null
    ? 'nothing'
    : `${document.expected}${document.provable ? '' : ' (nobody left to prove it)'}`,
  foundText(document),
  timeText(document),
  limitText(document),
  document.verdict,
  document.passed ? (isLate(document) ? 'late' : '✓') : '✗',
]

/** What a drill was about to find and found, in one sentence. */
export function summaryText(summary: DrillSummary): string {
  const { faults, detected, localised, withinLimit, unprovable, harmless, healthyOrders, falseAlarms, failed } = summary
  const of = (count: number) => `${count} of ${faults}`
  const parts = [
    ...(faults === 0
      ? []
      : [`${of(detected)} breaks detected, ${of(localised)} at the right place, ${of(withinLimit)} in time`]),
    ...(unprovable === 0 ? [] : [`${unprovable} that nobody was left to prove`]),
    `${healthyOrders} healthy and ${harmless} harmless orders with ${falseAlarms} false alarms`,
    failed === 0 ? 'no row failed' : `${failed} failed`,
  ]
  return `${parts.join('; ')}; took ${durationText(summary.tookMs)}.`
}

/** How the invented faults among the rows were called, in one sentence; null where there are none. */
export function inventedText(documents: readonly DrillDocument[]): string | null {
  const invented = documents.filter((document) => document.invented)
  if (invented.length === 0) return null
  const breaks = invented.filter(({ expected, provable }) => expected !== null && provable)
  const of = (part: readonly DrillDocument[], all: readonly DrillDocument[]) => `${part.length} of ${all.length}`
  const passed = invented.filter((document) => document.passed)
  const detected = breaks.filter((document) => document.detected)
  const localised = breaks.filter((document) => document.localised)
  const how =
    breaks.length === 0 ? '' : `: ${of(detected, breaks)} breaks detected, ${of(localised, breaks)} at the right place`
  return `Of these, ${of(passed, invented)} invented faults (${INVENTED_MARK}, by somebody who had not read the rules) passed${how}.`
}

/** The table for a terminal, with the reasons of the rows that did not pass below it. */
export function drillTable(documents: readonly DrillDocument[], summary: DrillSummary, style: Style): string {
  const rows = [HEAD, ...documents.map(cellsOf)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row
      .map((cell, column) =>
        column === 4 || column === 5 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  const toned = lines.map((line, index) => {
    const document = documents[index - 1]
    if (document === undefined) return style('faint', line)
    return document.passed ? line : style('bad', line)
  })
  const failed = documents
    .filter(({ passed }) => !passed)
    .flatMap(({ row, verdict, why, file }) => [
      '',
      `${style(TONES[verdict], row)}`,
      ...why.map((sentence) => `    ${safeText(sentence)}`),
      ...(file === null ? [] : [`    ${file}`]),
    ])
  const invented = inventedText(documents)
  return [...toned, ...failed, '', summaryText(summary), ...(invented === null ? [] : [invented]), ''].join('\n')
}
