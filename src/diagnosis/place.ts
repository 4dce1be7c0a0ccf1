import type { UnixNanos } from '../shared/units.ts'
import type { Course, StageCourse } from './course.ts'
import type { Finding } from './finding.ts'
import { type Judgement, NOTHING, type PlacedFinding } from './rule.ts'

/** Where on the path something belongs, and what a finding about it names. */
export interface Place
  extends Pick<PlacedFinding, 'index' | 'branch' | 'watched'>,
    Pick<Finding, 'handoff' | 'stage'> {}

/** The hand-off by which a person asks for a stage; a machine's stage is set by its owner's work alone. */
const askedOver = ({ step }: StageCourse): string | null =>
  step.spec.by === 'person' ? (step.askedBy?.handoff ?? null) : null

/** A stage at its owner. */
export const atOwner = (stage: StageCourse): Place => ({
  index: stage.index,
  branch: false,
  watched: stage.step.spec.owner,
  handoff: askedOver(stage),
  stage: stage.step.stage,
})

/**
 * A stage at one of its mirrors: the hand-off that carries the news. The order itself does not wait there, or went on over the link, so that what breaks
 * later on its own path has another cause, unless it is at the same system.
 */
export function atMirror(stage: StageCourse, system: string): Place | null {
  const mirror = stage.mirrors.find((each) => each.system === system)
  if (mirror === undefined) return null
  return {
    index: mirror.carrierIndex,
    branch: true,
    watched: system,
    handoff: mirror.carrier?.handoff ?? null,
    stage: stage.step.stage,
  }
}

/** A stage at a system that owns or mirrors it; null where the contract does not say that it must show it. */
export function placeAt(course: Course, name: string, system: string): Place | null {
  const stage = course.stages.find(({ step }) => step.stage === name)
  if (stage === undefined) return null
  return stage.step.spec.owner === system ? atOwner(stage) : atMirror(stage, system)
}

/** The stage that was under way at a moment: the first that had not been reached then, of those at which a system has a part if one is given. */
export function placeUnderWay(course: Course, at: UnixNanos, system?: string): Place | null {
  const isToCome = ({ moment }: StageCourse): boolean => moment === null || moment.earliest > at
  const stage = course.stages.find(isToCome)
  if (stage === undefined) return null
  if (system !== undefined && !course.stages.some((each) => isToCome(each) && hasPart(each, system))) return null
  // What the loss then keeps from coming may be a hand-off on the way to that stage.
  const frontier = course.gaps.find(({ branch }) => !branch)
  const index = frontier === undefined ? stage.index : Math.min(frontier.index, stage.index)
  return { index, branch: false, watched: stage.step.spec.owner, handoff: null, stage: stage.step.stage }
}

const hasPart = ({ step, mirrors }: StageCourse, system: string): boolean =>
  step.spec.owner === system || mirrors.some((mirror) => mirror.system === system)

/** One finding at its place. */
export const foundAt = (
  { index, branch, watched, handoff, stage }: Place,
  finding: Omit<Finding, 'handoff' | 'stage' | 'explains'>,
): Judgement => ({
  findings: [{ index, branch, watched, finding: { ...finding, handoff, stage, explains: [] } }],
  unchecked: [],
})

/** A rule that waits at a place for what would decide it; `until: null`: nobody can tell it any more. */
export const pendingAt = ({ index, branch, watched }: Place, until: UnixNanos | null, what: string): Judgement => ({
  findings: [],
  unchecked: [],
  pending: [{ index, branch, watched, until, what }],
})

/** Something a rule could not judge at a place. */
export const uncheckedAt = ({ handoff, stage }: Place, code: Finding['code'], why: string): Judgement => ({
  findings: [],
  unchecked: [{ code, handoff, stage, why }],
})

/** What several sources say of one thing is one finding: the first that proves it; while none does, what is awaited of one. */
export const firstProof = (judgements: readonly Judgement[]): Judgement =>
  judgements.find(({ findings }) => findings.length > 0) ??
  judgements.find(({ pending = [] }) => pending.length > 0) ??
  NOTHING
