import { type Figure, isMet, ratioOf, type Unit } from './figure.ts'

const DIGITS: Readonly<Record<Unit, number>> = {
  ms: 3,
  MB: 3,
  's/min': 3,
  'tx/s': 3,
  'spans/s': 3,
  'msg/s': 3,
  µs: 3,
  '%': 4,
}

const amount = (value: number, unit: Unit): string =>
  `${value.toLocaleString('en', { maximumSignificantDigits: DIGITS[unit] })} ${unit}`

const targetText = ({ target, unit }: Figure): string => {
  if (target === null) return ''
  return 'atMost' in target ? `≤ ${amount(target.atMost, unit)}` : `≥ ${amount(target.atLeast, unit)}`
}

const metText = (figure: Figure): string => ({ true: 'met', false: 'MISSED', null: '' })[`${isMet(figure)}`]

const HEAD = ['figure', 'measured', 'target', '', 'floor', 'ratio'] as const

const cells = (figure: Figure): readonly string[] => [
  figure.name,
  amount(figure.value, figure.unit),
  targetText(figure),
  metText(figure),
  amount(figure.floor, figure.unit),
  ratioOf(figure).toLocaleString('en', { maximumSignificantDigits: 3 }),
]

/** The figures as a table for a terminal. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [HEAD, ...figures.map(cells)]
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return rows.map((row) => `${line(row)}\n`).join('')
}

/** One figure as one line of JSON. */
export function lineOf(figure: Figure): string {
  const { name, floorIs, ...rest } = figure
  return `${JSON.stringify({ schema: 'waybill.figure/1', figure: name, ...rest, ratio: ratioOf(figure), met: isMet(figure), floorIs })}\n`
}

/** Where and when it was measured. */
export interface Place {
  readonly date: Date
  readonly cores: number
  readonly memoryGib: number
  readonly system: string
  readonly processor: string
  readonly node: string
  /** Load over the last minute, before and after. */
  readonly load: readonly [number, number]
}

/** The figures as the page `docs/figures.md`. */
export function pageOf(figures: readonly Figure[], place: Place): string {
  const row = (columns: readonly string[]): string => `| ${columns.join(' | ')} |`
  const rows = figures.map((figure) => row([...cells(figure), figure.floorIs, figure.note ?? '']))
  const { date, cores, memoryGib, system, processor, node, load } = place
  return `# Figures

Written by \`npm run bench -- --write docs/figures.md\`; the same command measures them again. \`npm run bench -- --only NAME\` measures one kind, \`--help\` lists them.

Measured ${date.toISOString().slice(0, 16).replace('T', ' ')} UTC on ${cores} cores (${processor}), ${memoryGib} GiB, ${system}, Node ${node}, on a machine with a load of ${load[0].toFixed(1)} before and ${load[1].toFixed(1)} after.

Each figure stands beside a floor: the same thing with nothing of Waybill in it, measured in the same run, so that the ratio says more about Waybill than about the machine.

${row([...HEAD, 'floor is', 'note'])}
${row([...HEAD, '', ''].map((_, column) => (column >= 1 && column <= 5 && column !== 3 ? '---:' : '---')))}
${rows.join('\n')}

- **Last fact seen to verdict** is \`decidedAt\` − \`lastFactSeenAt\` of the verdict document.
- **Tick to order placed** runs from the call a schedule makes to the moment the probe knows the number of its order; the order system runs already.
- **OTLP intake** is in spans per second of processor time, garbage collection included: one core's worth.
- **Memory** is the resident set of the process that holds follower, OTLP receiver and the connection to the store; order system and PostgreSQL are processes of their own.
- **Explicit break to finding** runs from the moment the last of its proof happened, by the clock of whoever told it (all on one machine here), to the first evaluation that names the right finding at the right place.
- **Deadline to finding of a silence** is counted from the deadline the contract gives at that place, worked out from the journey and not from the finding.
- **Hop latency** is compared with the time between the same two marks after the known offset of each clock is taken off; marks that are intervals by nature (a status first seen by a question) are left out. The systems tell whole milliseconds.
- **What watching costs** compares the same orders moved by plain requests, followed and not followed; the systems send their spans in both cases.
`
}
