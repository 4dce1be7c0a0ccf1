import type { SourceName } from '../evidence/fact.ts'
import type { UnixNanos } from '../shared/units.ts'
import type { FindingClass, FindingCode, Severity } from './catalogue.ts'

/** One piece of proof, pointing at the fact it rests on. */
export interface Proof {
  readonly source: SourceName
  /** On the monitor's clock. */
  readonly at: UnixNanos
  readonly what: string
  /** Id of the fact. */
  readonly ref: string
}

/** One thing wrong. */
export interface Finding {
  readonly code: FindingCode
  readonly class: FindingClass
  readonly severity: Severity
  readonly handoff: string | null
  readonly stage: string | null
  /** What happened, where, since when: one plain sentence that names the link. */
  readonly message: string
  /** The team or system that owns it. */
  readonly owner: string | null
  readonly hint: string
  /** When it could first be known, on the monitor's clock. */
  readonly detectedAt: UnixNanos
  readonly evidence: readonly Proof[]
  /** Symptoms this finding explains. */
  readonly explains: readonly {
    readonly code: FindingCode
    readonly stage: string | null
    readonly handoff: string | null
  }[]
}

/** Something a rule could not judge, and why. */
export interface Unchecked {
  readonly code: FindingCode
  readonly handoff: string | null
  readonly stage: string | null
  readonly why: string
}
