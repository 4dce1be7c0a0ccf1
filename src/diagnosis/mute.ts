import { isInstrumented } from '../journey/vouch.ts'
import type { Course, MirrorCourse, StageCourse } from './course.ts'
import type { Unchecked } from './finding.ts'

/** The contract says that the system leaves no spans, and nobody asks it either: waiting for its word is idle, whatever happens to the order. */
export const isMute = ({ assembly: { view } }: Course, system: string): boolean =>
  !isInstrumented(view.contract, system) && view.answersOf(system).length === 0 && view.failuresOf(system).length === 0

/** Stages and mirrors the order went past at systems that can tell nothing: no proof is owed of them, and each is listed. */
export const passedInSilence = (course: Course): readonly Unchecked[] =>
  course.stages.flatMap((stage) => [
    ...(isSilentStage(course, stage) ? [listed(stage, stage.step.spec.owner)] : []),
    ...stage.mirrors
      .filter((mirror) => isSilentMirror(course, stage, mirror))
      .map(({ system }) => listed(stage, system)),
  ])

/** The order was seen beyond a stage of which nobody can tell. */
export const isSilentStage = (course: Course, { evidence, moment, step }: StageCourse): boolean =>
  evidence === null && moment !== null && isMute(course, step.spec.owner)

export const isSilentMirror = (course: Course, { moment }: StageCourse, { evidence, system }: MirrorCourse): boolean =>
  evidence === null && moment !== null && isMute(course, system)

const listed = ({ step }: StageCourse, system: string): Unchecked => ({
  code: 'stage-overdue',
  handoff: null,
  stage: step.stage,
  why: `${system} leaves no spans and is not asked`,
})
