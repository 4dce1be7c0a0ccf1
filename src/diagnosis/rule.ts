import type { HandoffStep, StageStep } from '../journey/path.ts'
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

export interface Judgement {
  readonly findings: readonly PlacedFinding[]
  readonly unchecked: readonly Unchecked[]
}

/** Looks at an order's course and says what is wrong with it, or what it could not judge. Pure. */
export type Rule = (course: Course) => Judgement

export const NOTHING: Judgement = { findings: [], unchecked: [] }

/** Joins the judgements of one rule over several places. */
export const join = (judgements: readonly Judgement[]): Judgement => ({
  findings: judgements.flatMap(({ findings }) => findings),
  unchecked: judgements.flatMap(({ unchecked }) => unchecked),
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
