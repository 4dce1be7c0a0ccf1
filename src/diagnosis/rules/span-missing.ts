import { isInstrumented, vouchForSpans } from '../../journey/vouch.ts'
import type { Course, StageCourse } from '../course.ts'
import { clockTime } from '../describe.ts'
import { type Judgement, join, NOTHING, ownerOf, type Rule } from '../rule.ts'

/**
 * A system left no span for work it provably did. Proof: another witness of the stage, and the system's spans around that moment complete. Late, lost or
 * frozen telemetry is not this.
 */
export const spanMissing: Rule = {
  code: 'span-missing',
  provenBy: [
    ['otlp', 'status-api'],
    ['otlp', 'postgres'],
    ['otlp', 'rabbitmq'],
  ],
  judge: (course) => join(course.stages.map((stage) => judge(course, stage))),
}

function judge(course: Course, { step, evidence, moment, index }: StageCourse): Judgement {
  if (evidence === null || moment === null || evidence.act !== null) return NOTHING
  const { view } = course.assembly
  const { owner } = step.spec
  if (!isInstrumented(view.contract, owner)) return NOTHING
  const vouched = vouchForSpans(view, owner, moment.earliest, moment.latest)
  if (!vouched.vouched) {
    return { findings: [], unchecked: [{ code: 'span-missing', handoff: null, stage: step.stage, why: vouched.why }] }
  }
  const source = evidence.witnesses[0] ?? 'status-api'
  return {
    unchecked: [],
    findings: [
      {
        index,
        branch: false,
        watched: owner,
        finding: {
          code: 'span-missing',
          class: 'trace',
          severity: 'degraded',
          handoff: null,
          stage: step.stage,
          message: `${owner} reached ${step.stage} by ${clockTime(moment.latest)} and left no span that sets it, though its telemetry is complete.`,
          owner: ownerOf(course, owner),
          hint: `see whether ${owner} is instrumented there, or its sampler drops the trace`,
          detectedAt: course.now,
          evidence: [{ source, at: moment.latest, what: `${owner} shows ${step.stage}`, ref: `stage:${step.stage}` }],
          explains: [],
        },
      },
    ],
  }
}
