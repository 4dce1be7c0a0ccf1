import type { LogLevel } from '../config/settings.ts'
import { durationText } from '../report/durations.ts'
import { clip } from '../report/wrap.ts'

/** Where progress is shown. */
export interface ProgressStream {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Says on standard error what is going on: a live line on a terminal, plain lines elsewhere. */
export interface Progress {
  /** Something happened; stays readable. */
  say(sentence: string): void
  /** What is going on right now; on a terminal it replaces the line before, elsewhere nothing is shown. */
  live(text: string): void
  /** Removes the live line before results are printed. */
  clear(): void
}

const ERASE = '\r\u001b[2K'
const COLUMNS = 100

/** With `--log-level error` nothing but errors is said. */
export function createProgress(
  stream: ProgressStream,
  level: LogLevel,
  now: () => number = () => performance.now(),
): Progress {
  if (level === 'error') return { say: () => {}, live: () => {}, clear: () => {} }
  const terminal = stream.isTTY === true
  const began = now()
  let shown = false
  // Some terminals say that they have no columns at all.
  const width = () => (stream.columns === undefined || stream.columns < 20 ? COLUMNS : stream.columns)
  const clear = () => {
    if (shown) stream.write(ERASE)
    shown = false
  }
  return {
    say: (sentence) => {
      clear()
      stream.write(`${durationText(now() - began).padStart(8)}  ${sentence}\n`)
    },
    live: (text) => {
      if (!terminal) return
      stream.write(`${ERASE}${clip(text, width() - 1)}`)
      shown = true
    },
    clear,
  }
}
