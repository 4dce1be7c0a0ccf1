import { durationText, msBetween } from './durations.ts'
import { zeroOf } from './ladder.ts'
import { safeText } from './style.ts'
import type { FindingDocument, VerdictDocument } from './verdict-schema.ts'
import { waits } from './waits.ts'

/** Foreign text in a table cell or sentence: no markup, no line breaks. */
const plain = (text: string): string => safeText(text).replace(/[\\`*_{}[\]<>|#]/g, (character) => `\\${character}`)

const plusMinus = (ms: number | null): string => (ms === null ? '' : ` ± ${durationText(ms)}`)

const stageTable = (document: VerdictDocument): readonly string[] => {
  const zero = zeroOf(document)
  return [
    '| # | stage | system | reached | witnesses |',
    '|---|---|---|---|---|',
    ...document.stages.map(({ stage, system, state, at, plusMinusMs, witnesses }, index) => {
      const when =
        at === null || zero === null ? state : `+${durationText(msBetween(zero, at))}${plusMinus(plusMinusMs)}`
      return `| ${index + 1} | ${plain(stage)} | ${plain(system)} | ${when} | ${witnesses.join(', ')} |`
    }),
  ]
}

const hopTable = (document: VerdictDocument): readonly string[] => [
  '| hop | from → to | through | latency | state | context |',
  '|---|---|---|---|---|---|',
  ...document.hops.map(({ id, from, to, kind, latencyMs, plusMinusMs, state, context }) => {
    const latency = latencyMs === null ? '—' : `${durationText(latencyMs)}${plusMinus(plusMinusMs)}`
    return `| ${plain(id)} | ${plain(from)} → ${plain(to)} | ${kind} | ${latency} | ${state === 'broken' ? '**broken**' : state} | ${context} |`
  }),
]

const finding = ({ code, severity, message, owner, hint, evidence, explains }: FindingDocument): readonly string[] => [
  `- **${severity}** \`${code}\`: ${plain(message)}`,
  ...evidence.map(({ source, at, what }) => `  - proof: ${source} ${at}: ${plain(what)}`),
  `  - owner: ${plain(owner ?? 'unknown')}; try: ${plain(hint)}`,
  ...(explains.length === 0
    ? []
    : [
        `  - explains: ${explains.map((symptom) => `${symptom.code} ${symptom.stage ?? symptom.handoff ?? ''}`.trim()).join(', ')}`,
      ]),
]

const section = (document: VerdictDocument): string => {
  const { order, verdict } = document
  const waited = waits(document).map(
    ({ on, ms, share }) => `${plain(on)} ${durationText(ms)} (${Math.round(share * 100)} %)`,
  )
  return [
    `## ${verdict.toUpperCase()}: ${plain(order.probe)}, ${plain(order.flow)} order ${plain(order.ids.order.join(', ') || order.key)}`,
    '',
    plain(document.reason),
    '',
    ...document.findings.flatMap(finding),
    ...(document.findings.length === 0 ? [] : ['']),
    ...(waited.length === 0 ? [] : [`Waited on: ${waited.join(' · ')}`, '']),
    ...stageTable(document),
    '',
    ...(document.hops.length === 0 ? [] : [...hopTable(document), '']),
    ...document.unchecked.map(
      ({ code, handoff, stage, why }) => `- not checked: ${code} ${handoff ?? stage ?? ''} (${plain(why)})`,
    ),
  ].join('\n')
}

/** Markdown for a pull request or a chat: verdict, findings with proof, tables of stages and hops. */
export const markdownReport = (documents: readonly VerdictDocument[]): string =>
  `# Waybill\n\n${documents.map(section).join('\n\n')}\n`
