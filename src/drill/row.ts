import type { FindingCode } from '../diagnosis/catalogue.ts'
import type { VerdictWord } from '../diagnosis/verdict.ts'
import type { SourceName } from '../evidence/fact.ts'
import type { StoryName } from './stories.ts'

/** For what a row breaks something: one order, one process, the broker, or nothing of the order system at all. */
export type RowScope = 'order' | 'process' | 'broker' | 'none'

/** When a break is mended again: so long after it began, once so many tries of the order have failed, or at a stage, before anybody takes the order on from there. */
export type Mending = { readonly afterMs: number } | { readonly afterFailures: number } | { readonly atStage: string }

/** What the time to detection is measured from: the last fact of the finding's proof, or the deadline that silence has to pass. */
export type MeasuredFrom = 'proof' | 'deadline'

/** What a cell has that others have not. */
export type SpecialCell =
  /** A broker of its own that wants messages acknowledged within this time. */
  | { readonly consumerTimeoutMs: number }
  /** A monitor that looks at the pages people work from; too dear to do for every order. */
  | 'looks-at-pages'

/** One line of the drill: what is done to one order, and what the monitor must say of it. */
export interface Row {
  /** Unique; the fault's name, with the place behind it where the fault has several. */
  readonly id: string
  /** Null: the people of the story do it, or nothing is wrong. */
  readonly fault: string | null
  /** Whether the fault was thought up by somebody who had not read the monitor's rules; such rows are scored apart. */
  readonly invented: boolean
  readonly scope: RowScope
  /** The hand-off or stage the finding must name; `any` where it belongs to none, `monitor` where it is about ourselves. */
  readonly at: string
  /** Null: nothing may be found that breaks the order. */
  readonly finding: FindingCode | null
  /** Codes that are as right as `finding`, where what can be known does not tell them apart. */
  readonly orElse: readonly FindingCode[]
  readonly verdicts: readonly VerdictWord[]
  readonly story: StoryName
  /** The stage after which it is broken; null: before the order is placed. */
  readonly after: string | null
  readonly mending: Mending | null
  readonly measuredFrom: MeasuredFrom
  /** Longest time to detection, in milliseconds. */
  readonly limitMs: number
  /**
   * Sets of sources each of which proves this row by itself, where the rule as a whole proves other breaks by other sources. Null: as the rule declares.
   */
  readonly provenBy: readonly (readonly SourceName[])[] | null
  /** Further faults of the same scope that are on at the same time and must cause nothing of their own. */
  readonly alongside: readonly string[]
  /** Orders of other people, followed by nobody, placed just before this one. */
  readonly strangers: number
  /** It blurs what can be told of other orders, so none shares its cell. */
  readonly apart: boolean
  /** The cell it wants; null: any. */
  readonly cell: SpecialCell | null
  /** Played by Playwright from this probe file instead of the story. */
  readonly probe: string | null
  /** A second break of the same order; whichever comes first on its path may be the cause. */
  readonly beside: Row | null
}
