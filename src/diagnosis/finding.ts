import type { SourceName } from '../evidence/fact.ts'
import type { UnixNanos } from '../shared/units.ts'

export type FindingClass = 'order' | 'file' | 'queue' | 'work' | 'trace' | 'time' | 'view' | 'monitor'
export type Severity = 'broken' | 'degraded' | 'inconclusive'

/** Codes are an API: alerts, metrics and gates use them. */
export type FindingCode =
  | 'order-not-placed'
  | 'order-not-saved'
  | 'stage-overdue'
  | 'status-skipped'
  | 'message-not-published'
  | 'message-not-consumed'
  | 'processing-failed'
  | 'result-not-saved'
  | 'context-lost'
  | 'span-missing'
  | 'evidence-unavailable'
  | 'evidence-late'
  | 'probe-failed'

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
