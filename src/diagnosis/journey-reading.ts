import type { Hop, Journey, MirrorReading, StageReading } from '../journey/journey.ts'
import type { Course, MirrorCourse, StageCourse } from './course.ts'
import type { Finding } from './finding.ts'

/** The journey as the verdict document tells it: states of stages, mirrors and hops in the light of the findings. */
export function tellJourney(course: Course, findings: readonly Finding[], state: 'open' | 'final'): Journey {
  const { view, chain } = course.assembly
  const broken = findings.filter(({ severity }) => severity === 'broken')
  return {
    flow: view.order.flow,
    orderIds: [...view.spans.orderIds].sort(),
    traceIds: [...view.spans.traceIds].sort(),
    placedAt: course.stages[0]?.moment?.best ?? null,
    stages: course.stages.map((stage) => tellStage(course, stage)),
    hops: completeHops(course, chain.hops, broken, state),
    clocks: view.clocks.readings(),
  }
}

function tellStage(course: Course, { step, evidence, moment, deadline, mirrors }: StageCourse): StageReading {
  const overdue = deadline !== null && course.now > deadline
  const state = evidence !== null ? 'reached' : moment !== null ? 'unknown' : overdue ? 'overdue' : 'waiting'
  return {
    stage: step.stage,
    system: step.spec.owner,
    state,
    at: moment,
    witnesses: evidence?.witnesses ?? [],
    mirrors: mirrors.map((mirror) => tellMirror(course, mirror)),
    by: step.spec.by ?? 'machine',
  }
}

function tellMirror(course: Course, { system, evidence, moment, due }: MirrorCourse): MirrorReading {
  const overdue = due !== null && course.now > due
  return {
    system,
    state: evidence !== null ? 'reached' : overdue ? 'overdue' : 'waiting',
    at: moment,
    witnesses: evidence?.witnesses ?? [],
  }
}

function completeHops(
  course: Course,
  hops: readonly Hop[],
  broken: readonly Finding[],
  state: 'open' | 'final',
): readonly Hop[] {
  const frontier = course.gaps.find(({ branch }) => !branch)
  return hops.map((hop): Hop => {
    if (hop.handoff === null) return hop
    const named = broken.filter(
      ({ handoff, stage }) =>
        handoff === hop.handoff && (hop.status === null || stage === null || stage === hop.status),
    )
    // A message that was handed over and rejected has not crossed its link, however often it was delivered.
    const isMessage = named.some((finding) => finding.class === 'queue')
    if (isMessage || (named.length > 0 && (hop.state !== 'crossed' || frontier === undefined)))
      return { ...hop, state: 'broken' }
    return hop.state === 'waiting' && state === 'final' ? { ...hop, state: 'unknown' } : hop
  })
}
