import type { VerdictDocument } from '../report/verdict-schema.ts'
import type { UnixNanos } from '../shared/units.ts'
import type { Row } from './row.ts'

/** When the monitor first said what a row expects; all times on its own clock. */
export interface Detection {
  /** Whose finding it is: the row's own, or that of the second break of the same order. */
  readonly of: Pick<Row, 'measuredFrom' | 'limitMs'>
  readonly decidedAt: UnixNanos
  /** When the last fact that its proof rests on had come; null when the proof names no fact. */
  readonly proofSeenAt: UnixNanos | null
  /** The deadline at the row's place by the contract; null where it has none. */
  readonly dueAt: UnixNanos | null
}

/** What became of one order of the drill. */
export interface Judged {
  readonly document: VerdictDocument
  /** Null: what the row expects was never said. */
  readonly detection: Detection | null
}
