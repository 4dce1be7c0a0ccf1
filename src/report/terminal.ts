import type { Contract } from '../contract/contract.ts'
import { clockText, durationText, msBetween } from './durations.ts'
import { ladder, zeroOf } from './ladder.ts'
import { badge, type Style, safeText, type Tone } from './style.ts'
import type { FindingDocument, VerdictDocument } from './verdict-schema.ts'
import { waits } from './waits.ts'
import { clip, wrap } from './wrap.ts'

const COLUMNS = 100
const LINES = 40
const PROOFS = 4
const INDENT = '    '

const TONES: Readonly<Record<VerdictDocument['verdict'], Tone>> = {
  passed: 'good',
  degraded: 'warn',
  broken: 'bad',
  inconclusive: 'unsure',
}

const header = (document: VerdictDocument, style: Style): readonly string[] => {
  const { order, placedAt, lastFactSeenAt, decidedAt } = document
  const id = order.ids.order.length === 0 ? 'order without an id' : `order ${order.ids.order.join(', ')}`
  const word = document.state === 'open' ? `${document.verdict.toUpperCase()} SO FAR` : document.verdict.toUpperCase()
  const times = [
    placedAt === null ? 'not placed' : `placed ${clockText(placedAt)}`,
    lastFactSeenAt === null
      ? ''
      : `decided ${durationText(Math.max(0, msBetween(lastFactSeenAt, decidedAt)))} after the last sign`,
    order.key,
  ]
  return [
    ` ${badge(style, TONES[document.verdict], word)} ${style('strong', safeText(`${order.probe} · ${order.flow} ${id}`))}`,
    style('faint', `  ${safeText(times.filter((text) => text !== '').join(' · '))}`),
    '',
  ]
}

const paragraph = (title: string, text: string, style: Style): readonly string[] =>
  wrap(safeText(text), COLUMNS - INDENT.length - 12).map(
    (line, index) => `${INDENT}${style('faint', (index === 0 ? title : '').padEnd(12))}${line}`,
  )

const sentence = (tone: Tone, sign: string, text: string, style: Style): readonly string[] =>
  wrap(safeText(text), COLUMNS - 4).map((line, index) => style(tone, `  ${index === 0 ? sign : ' '} ${line}`))

const proofLines = (finding: FindingDocument, style: Style): readonly string[] =>
  finding.evidence.slice(0, PROOFS).map(({ source, at, what }, index) => {
    const text = `${source.padEnd(11)}${clockText(at)}  ${safeText(what)}`
    return `${INDENT}${style('faint', (index === 0 ? 'proof' : '').padEnd(12))}${clip(text, COLUMNS - INDENT.length - 12)}`
  })

const headline = (finding: FindingDocument, style: Style): readonly string[] => {
  const tone = finding.severity === 'broken' ? 'bad' : finding.severity === 'degraded' ? 'warn' : 'unsure'
  return sentence(tone, tone === 'bad' ? '✗' : '!', `${finding.message} (${finding.code})`, style)
}

const findingLines = (finding: FindingDocument, style: Style): readonly string[] => {
  const owner = finding.owner === null ? [] : paragraph('owner', finding.owner, style)
  const explains = finding.explains.map((symptom) => `${symptom.code} ${symptom.stage ?? symptom.handoff ?? ''}`.trim())
  return [
    ...headline(finding, style),
    ...proofLines(finding, style),
    ...owner,
    ...paragraph('try', finding.hint, style),
    ...(explains.length === 0 ? [] : paragraph('explains', explains.join(', '), style)),
  ]
}

const uncheckedLine = (document: VerdictDocument, style: Style): readonly string[] => {
  if (document.unchecked.length === 0) return []
  const text = document.unchecked
    .map(({ code, handoff, stage, why }) => `${code} ${handoff ?? stage ?? ''} (${why})`)
    .join('; ')
  return [`${INDENT}${style('faint', 'not checked '.padEnd(12))}${clip(safeText(text), COLUMNS - INDENT.length - 12)}`]
}

const waitsLine = (document: VerdictDocument, style: Style): readonly string[] => {
  const parts = waits(document)
  if (parts.length === 0) return []
  const room = COLUMNS - INDENT.length - 12
  const text = parts
    .map(({ on, ms, share }) => `${on} ${durationText(ms)} (${Math.round(share * 100)} %)`)
    .reduce((line, part) => (line.length + 3 + part.length > room ? line : `${line} · ${part}`))
  return [`${INDENT}${style('faint', 'waited on'.padEnd(12))}${clip(text, room)}`]
}

const explanation = (document: VerdictDocument, style: Style): readonly string[] => {
  const [worst, ...others] = document.findings
  if (worst === undefined) {
    const passed = document.verdict === 'passed'
    return [
      ...sentence(TONES[document.verdict], passed ? '✓' : '?', document.reason, style),
      ...waitsLine(document, style),
      ...uncheckedLine(document, style),
    ]
  }
  return [
    ...findingLines(worst, style),
    ...others.flatMap((finding) => headline(finding, style).slice(0, 2)),
    ...waitsLine(document, style),
    ...uncheckedLine(document, style),
  ]
}

/**
 * One order on one screen (100 columns, 40 lines): the ladder of stages and hops drawn to scale, then one sentence why,
 * and what proves it. When room is short the shortest hops go first, then the last lines of explanation.
 */
export function terminalReport(document: VerdictDocument, contract: Contract, style: Style): string {
  const top = header(document, style)
  const below = explanation(document, style).slice(0, LINES / 2 - top.length)
  const steps =
    zeroOf(document) === null ? [] : [...ladder(document, contract, style, LINES - top.length - below.length - 1), '']
  return `${[...top, ...steps, ...below].join('\n')}\n`
}
