import type { Contract } from '../contract/contract.ts'
import { axis, bar, mark, type Scale, waitingBar } from './bar.ts'
import { durationText, msBetween, shortDurationText } from './durations.ts'
import type { Style, Tone } from './style.ts'
import { safeText } from './style.ts'
import type { HopDocument, StageDocument, VerdictDocument } from './verdict-schema.ts'
import { clip } from './wrap.ts'

const WIDTH = { label: 28, where: 9, latency: 10, plusMinus: 9, drawing: 24, note: 17 } as const

/** One line of the ladder before it is dressed. `weight`: how much is lost when it is left out; infinite: never left out. */
interface Row {
  readonly label: string
  readonly where: string
  readonly latency: string
  readonly plusMinus: string
  readonly drawing: string
  readonly note: string
  readonly tone: Tone
  readonly weight: number
}

const endOf = (hop: HopDocument, zero: string): number | null =>
  hop.startedAt === null || hop.latencyMs === null ? null : msBetween(zero, hop.startedAt) + hop.latencyMs

/** The first moment known of the order; everything is drawn from there. */
export function zeroOf(document: VerdictDocument): string | null {
  const moments = [
    ...document.stages.map((stage) => stage.at),
    ...document.hops.map((hop) => hop.startedAt),
    document.placedAt,
  ].filter((at) => at !== null)
  return moments.length === 0 ? null : moments.reduce((first, at) => (Date.parse(at) < Date.parse(first) ? at : first))
}

const lastMs = (document: VerdictDocument, zero: string): number =>
  Math.max(
    ...document.stages.flatMap((stage) => (stage.at === null ? [] : [msBetween(zero, stage.at)])),
    ...document.hops.flatMap((hop) => endOf(hop, zero) ?? []),
    0,
  )

const explainedBy = (document: VerdictDocument, stage: string): string | null => {
  const cause = document.findings.find(
    (finding) => finding.stage !== stage && finding.explains.some((symptom) => symptom.stage === stage),
  )
  return cause === undefined ? null : `explained by ${cause.handoff ?? cause.stage ?? cause.code}`
}

/** When the last mirror showed the stage, or which does not show it. */
const mirrorNote = (stage: StageDocument): string => {
  const missing = stage.mirrors.filter((mirror) => mirror.state === 'overdue').map((mirror) => mirror.system)
  if (missing.length > 0) return `not in ${missing.join(', ')}`
  const delays = stage.mirrors.flatMap(({ system, at }) =>
    at === null || stage.at === null ? [] : [{ system, ms: Math.max(0, msBetween(stage.at, at)) }],
  )
  const last = delays.reduce<(typeof delays)[number] | undefined>(
    (most, it) => (most === undefined || it.ms > most.ms ? it : most),
    undefined,
  )
  return last === undefined ? '' : `in ${last.system} +${durationText(last.ms)}`
}

interface Drawing {
  readonly document: VerdictDocument
  readonly zero: string
  readonly scale: Scale
  readonly lastMs: number
}

const stageRow = ({ document, zero, scale, lastMs: last }: Drawing, stage: StageDocument, index: number): Row => {
  const breaks = document.findings.some(
    (finding) => finding.severity === 'broken' && finding.stage === stage.stage && finding.handoff === null,
  )
  const label = `${breaks ? '✗' : ' '} ${String(index + 1).padStart(2)} ${stage.stage}`
  const common = { label, where: stage.system, weight: Number.POSITIVE_INFINITY }
  if (stage.at !== null) {
    const ms = msBetween(zero, stage.at)
    const plusMinus = stage.plusMinusMs === null ? '' : `±${durationText(stage.plusMinusMs)}`
    const tone = breaks ? 'bad' : 'strong'
    return {
      ...common,
      latency: `+${durationText(ms)}`,
      plusMinus,
      drawing: mark(scale, ms, '◆'),
      note: mirrorNote(stage),
      tone,
    }
  }
  const cause = explainedBy(document, stage.stage)
  if (stage.state === 'skipped')
    return { ...common, latency: 'skipped', plusMinus: '', drawing: '', note: '', tone: 'warn' }
  if (stage.state === 'reached')
    return { ...common, latency: 'reached', plusMinus: '', drawing: '', note: 'time unknown', tone: 'plain' }
  const state = breaks ? 'broken here' : (cause ?? (stage.state === 'overdue' ? 'overdue' : ''))
  return {
    ...common,
    latency: 'awaited',
    plusMinus: '',
    drawing: waitingBar(scale, last),
    note: state,
    tone: breaks ? 'bad' : 'faint',
  }
}

const hopNote = (hop: HopDocument): string => {
  if (hop.state === 'broken') return 'broken here'
  const latency = hop.latencyMs ?? 0
  const longest = hop.segments.reduce<HopDocument['segments'][number] | undefined>(
    (most, segment) => (most === undefined || segment.ms > most.ms ? segment : most),
    undefined,
  )
  const unseen = longest?.kind === 'unobserved' && longest.ms > latency / 2 ? 'mostly unobserved' : ''
  const untraced = hop.witnesses.length > 0 && !hop.witnesses.includes('otlp') ? `by ${hop.witnesses.join(', ')}` : ''
  const context = hop.context === 'lost' ? 'context lost' : hop.context === 'linked' ? 'linked' : ''
  return [context, untraced === '' ? unseen : untraced].filter((text) => text !== '').join(', ')
}

const hopTone = (hop: HopDocument): Tone => {
  if (hop.state === 'broken') return 'bad'
  if (hop.context === 'lost') return 'warn'
  return hop.state === 'crossed' ? 'plain' : 'faint'
}

/** A system's own time is mostly its work, or mostly waiting for a person. */
const ownTimeName = ({ from, latencyMs, segments }: HopDocument): string => {
  const waiting = segments.find(({ kind, ms }) => kind === 'person' && latencyMs !== null && ms > latencyMs / 2)
  return waiting === undefined ? `${from} at work` : `waiting for ${waiting.system}`
}

const hopRow = ({ zero, scale, lastMs: last }: Drawing, hop: HopDocument): Row => {
  const name = hop.handoff === null ? ownTimeName(hop) : `${hop.handoff} ${hop.from} → ${hop.to}`
  const broken = hop.state === 'broken'
  const started = hop.startedAt === null ? null : msBetween(zero, hop.startedAt)
  const end = endOf(hop, zero)
  const open = broken
    ? mark(scale, started ?? last, '✗')
    : hop.state === 'waiting'
      ? waitingBar(scale, started ?? last)
      : ''
  const urgent = broken || hop.state === 'waiting' || hop.context === 'lost'
  return {
    label: `${broken ? '✗' : ' '}    ${name}`,
    where: hop.kind === 'shared-database' ? 'shared-db' : hop.kind,
    latency: hop.latencyMs === null ? '—' : durationText(hop.latencyMs),
    plusMinus: hop.plusMinusMs === null ? '' : `±${durationText(hop.plusMinusMs)}`,
    drawing: started === null || end === null ? open : bar(scale, started, end),
    note: hopNote(hop),
    tone: hopTone(hop),
    weight: urgent
      ? Number.POSITIVE_INFINITY
      : (hop.latencyMs ?? 0) + (hop.branch ? -1e12 : hop.handoff === null ? 0 : 1e9),
  }
}

/** Stages and hops in the order of the flow's path; own work of a system follows the crossing that began it. */
const rowsInOrder = (drawing: Drawing, contract: Contract): readonly Row[] => {
  const { document } = drawing
  const left = new Set(document.hops)
  const take = (wanted: (hop: HopDocument) => boolean): readonly Row[] =>
    [...left].filter(wanted).map((hop) => {
      left.delete(hop)
      return hopRow(drawing, hop)
    })
  const awaited = document.stages.findIndex(
    (stage) => stage.at === null && stage.state !== 'skipped' && stage.state !== 'reached',
  )
  const rows = (contract.flows[document.order.flow]?.path ?? []).flatMap((step): readonly Row[] => {
    if ('stage' in step) {
      const index = document.stages.findIndex((stage) => stage.stage === step.stage)
      const stage = document.stages[index]
      if (stage === undefined || (awaited >= 0 && index > awaited && stage.at === null)) return []
      return [
        stageRow(drawing, stage, index),
        ...take((hop) => hop.handoff === null && hop.id.endsWith(` after ${stage.stage}`) && hop.latencyMs !== null),
      ]
    }
    const id = step.status === undefined ? step.handoff : `${step.handoff}/${step.status}`
    const crossing = (hop: HopDocument) =>
      hop.handoff === step.handoff && (step.status === undefined || hop.status === step.status)
    return [
      ...take((hop) => crossing(hop) && (hop.state !== 'unknown' || hop.latencyMs !== null)),
      ...take((hop) => hop.handoff === null && hop.id.endsWith(` after ${id}`) && hop.latencyMs !== null),
    ]
  })
  const beyond = awaited < 0 ? [] : document.stages.slice(awaited + 1).filter((stage) => stage.at === null)
  const [first, final] = [beyond[0], beyond.at(-1)]
  if (first === undefined || final === undefined) return rows
  const span = first === final ? first.stage : `${first.stage} … ${final.stage}`
  return [
    ...rows,
    {
      label: `     ${span}`,
      where: '',
      latency: '',
      plusMinus: '',
      drawing: '',
      note: '',
      tone: 'faint',
      weight: Number.POSITIVE_INFINITY,
    },
  ]
}

const rowText = (row: Row, style: Style): string => {
  const label = safeText(row.label)
  const left =
    row.where === '' && row.latency === ''
      ? label
      : `${clip(label, WIDTH.label).padEnd(WIDTH.label)} ${clip(row.where, WIDTH.where).padStart(WIDTH.where)}${row.latency.padStart(WIDTH.latency)}`
  if (row.tone === 'bad')
    return style(
      'bad',
      `${left}${row.plusMinus.padStart(WIDTH.plusMinus)} ${row.drawing.padEnd(WIDTH.drawing)} ${clip(row.note, WIDTH.note)}`.trimEnd(),
    )
  const toned = style(row.tone, left)
  const rest = `${style('faint', row.plusMinus.padStart(WIDTH.plusMinus))} ${row.drawing.padEnd(WIDTH.drawing)} ${style(row.tone === 'warn' ? 'warn' : 'faint', clip(safeText(row.note), WIDTH.note))}`
  return row.drawing === '' && row.note === '' && row.plusMinus === '' ? toned : `${toned}${rest}`.trimEnd()
}

/** The lines of the ladder, at most `limit`: axis first, then what weighs most, in the order of the path. */
export function ladder(document: VerdictDocument, contract: Contract, style: Style, limit: number): readonly string[] {
  const zero = zeroOf(document)
  if (zero === null) return []
  const last = lastMs(document, zero)
  const waiting = document.stages.some((stage) => stage.at === null && stage.state !== 'skipped')
  // Room to the right for what is still awaited, however long the wait was.
  const scale: Scale = { fromMs: 0, toMs: Math.max(1, waiting ? last * 1.25 : last), cells: WIDTH.drawing }
  const rows = rowsInOrder({ document, zero, scale, lastMs: last }, contract)
  const room = limit - 1
  const kept = new Set([...rows].sort((a, b) => b.weight - a.weight).slice(0, rows.length > room ? room - 1 : room))
  const hidden = rows.length - kept.size
  const indent = ' '.repeat(WIDTH.label + WIDTH.where + WIDTH.latency + WIDTH.plusMinus + 2)
  return [
    style('faint', `${indent}${axis(scale, shortDurationText)}`.trimEnd()),
    ...rows.filter((row) => kept.has(row)).map((row) => rowText(row, style)),
    ...(hidden > 0 ? [style('faint', `      and ${hidden} more hops, in --json`)] : []),
  ]
}
