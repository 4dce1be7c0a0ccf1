/** A stretch of time drawn to scale in character cells. */
export interface Scale {
  readonly fromMs: number
  readonly toMs: number
  readonly cells: number
}

/** How many half cells lie before a moment, within the scale. */
const halves = ({ fromMs, toMs, cells }: Scale, ms: number): number => {
  const span = Math.max(toMs - fromMs, 1e-6)
  return Math.min(2 * cells, Math.max(0, ((ms - fromMs) / span) * 2 * cells))
}

/** The cell in which a moment lies. */
const cellOf = (scale: Scale, ms: number): number => Math.min(scale.cells - 1, Math.floor(halves(scale, ms) / 2))

/**
 * A bar from `startMs` to `endMs` in half cells; never empty, so that a hop of microseconds is still seen.
 *
 *     0 s        1 s
 *     ▌▐██▌      ◆
 */
export function bar(scale: Scale, startMs: number, endMs: number): string {
  const first = Math.min(2 * scale.cells - 1, Math.floor(halves(scale, startMs)))
  const last = Math.max(first, Math.ceil(halves(scale, endMs)) - 1)
  const cell = (index: number): string => {
    const [left, right] = [2 * index, 2 * index + 1].map((half) => half >= first && half <= last)
    if (left && right) return '█'
    if (left) return '▌'
    return right ? '▐' : ' '
  }
  return Array.from({ length: scale.cells }, (_, index) => cell(index)).join('')
}

/** One mark at its moment. */
export function mark(scale: Scale, ms: number, symbol: string): string {
  const at = cellOf(scale, ms)
  return `${' '.repeat(at)}${symbol}`.padEnd(scale.cells)
}

/** A dotted line from `startMs` to the end: still waiting. */
export function waitingBar(scale: Scale, startMs: number): string {
  const at = cellOf(scale, startMs)
  return `${' '.repeat(at)}${'┄'.repeat(scale.cells - at)}`
}

const STEPS = [1, 2, 5]

/** A round distance between ticks, so that about five fall on the scale. */
const tickMs = (spanMs: number): number => {
  const rough = Math.max(spanMs, 1) / 5
  const magnitude = 10 ** Math.floor(Math.log10(rough))
  const step = STEPS.find((candidate) => candidate * magnitude >= rough) ?? 10
  return step * magnitude
}

/** The axis: a label at each round moment that fits. */
export function axis(scale: Scale, label: (ms: number) => string): string {
  const every = tickMs(scale.toMs - scale.fromMs)
  let line = ''
  for (let ms = 0; ms <= scale.toMs - scale.fromMs; ms += every) {
    const at = cellOf(scale, scale.fromMs + ms)
    const text = label(ms)
    const gap = line === '' ? 0 : 1
    if (at >= line.length + gap && at + text.length <= scale.cells) line = line.padEnd(at) + text
  }
  return line.padEnd(scale.cells)
}
