import type { SourceName } from '../evidence/fact.ts'
import type { HandoffStep, StageStep } from '../journey/path.ts'
import type { UnixNanos } from '../shared/units.ts'
import type { FindingCode } from './catalogue.ts'
import type { Course, Gap } from './course.ts'
import type { Finding, Unchecked } from './finding.ts'

/** A finding with the place on the path it belongs to, by which causes and symptoms are told apart. */
export interface PlacedFinding {
  readonly finding: Finding
  /** Index on the path. */
  readonly index: number
  /** Off the order's own path. */
  readonly branch: boolean
  /** The system at which its effect would have shown. */
  readonly watched: string | null
}

/**
 * A rule may still prove its finding at this place until then: nothing less precise is said there before, and no order passes. With `until: null` nobody can tell any more whether the
 * order is sound there: it cannot pass, and that holds nothing else back.
 */
export interface Pending {
  readonly index: number
  readonly branch: boolean
  readonly watched: string | null
  /** On the monitor's clock; a rule must not move it on with time. */
  readonly until: UnixNanos | null
  /** In words, what would decide it. */
  readonly what: string
}

export interface Judgement {
  readonly findings: readonly PlacedFinding[]
  readonly unchecked: readonly Unchecked[]
  readonly pending?: readonly Pending[]
}

/** One kind of break or trouble: one file each in `rules/`. */
export interface Rule {
  readonly code: FindingCode
  /**
   * Sets of sources, each of which can prove the finding without any other. The drill takes sources away and asks for the code exactly where one of these
   * sets is left.
   */
  readonly provenBy: readonly (readonly SourceName[])[]
  /** Looks at an order's course and says what is wrong with it, or what it could not judge. Pure. */
  readonly judge: (course: Course) => Judgement
}

export const NOTHING: Judgement = { findings: [], unchecked: [] }

/** Joins the judgements of one rule over several places. */
export const join = (judgements: readonly Judgement[]): Judgement => ({
  findings: judgements.flatMap(({ findings }) => findings),
  unchecked: judgements.flatMap(({ unchecked }) => unchecked),
  pending: judgements.flatMap(({ pending = [] }) => pending),
})

export const placed = (gap: Gap, finding: Finding): Judgement => ({
  findings: [{ finding, index: gap.index, branch: gap.branch, watched: gap.watched }],
  unchecked: [],
})

export const isHandoff = (step: HandoffStep | StageStep): step is HandoffStep => step.kind === 'handoff'

/** The stage a gap keeps from coming. News that only tells a mirror, or that a person acts upon, delays no stage but its own. */
export const stageBehind = ({ blocks, news }: Gap): string | null =>
  blocks === null || blocks.spec.by === 'person' ? (news ?? blocks?.stage ?? null) : blocks.stage

/** The team that owns a system, else the system's own name. */
export const ownerOf = (course: Course, system: string): string =>
  course.assembly.view.contract.systems[system]?.owner ?? system
