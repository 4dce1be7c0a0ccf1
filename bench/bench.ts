import type { Progress } from '../src/cli/progress.ts'
import type { Figure } from './figure.ts'
import type { Session } from './session.ts'

/** What one command measures with. */
export interface Bench {
  readonly signal: AbortSignal
  readonly progress: Progress
  /** How many orders are followed to their verdicts. */
  readonly orders: number
  /** How many orders are timed from the tick to being placed, by each way. */
  readonly ticks: number
  /** The order system and the monitor, started when first asked for and stopped at the end. */
  session(): Promise<Session>
}

/** One file of this folder: figures that are measured together. */
export interface Measurement {
  readonly name: string
  readonly what: string
  measure(bench: Bench): Promise<readonly Figure[]>
}
