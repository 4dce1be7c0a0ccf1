import type { Journey } from '../journey/journey.ts'
import type { UnixNanos } from '../shared/units.ts'
import type { Finding, Unchecked } from './finding.ts'

export type VerdictWord = 'passed' | 'degraded' | 'broken' | 'inconclusive'

/** What evaluation returns: the journey, what is wrong with it, the verdict, and when it would be worth looking again. */
export interface Evaluation {
  readonly journey: Journey
  readonly findings: readonly Finding[]
  readonly unchecked: readonly Unchecked[]
  readonly verdict: VerdictWord
  readonly state: 'open' | 'final'
  readonly reason: string
  /** Last fact that bore on this order, on the monitor's clock. */
  readonly lastFactSeenAt: UnixNanos | null
  /** The next moment at which time alone can change the answer; null when only evidence can. */
  readonly wakeAt: UnixNanos | null
  /** In words, what would change the answer: facts and coverage still awaited. */
  readonly awaiting: readonly string[]
}
