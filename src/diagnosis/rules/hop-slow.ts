import type { Hop, Moment } from '../../journey/journey.ts'
import { durationMs } from '../../journey/path.ts'
import { fromMs, type Nanos, plus, toMs, type UnixNanos } from '../../shared/units.ts'
import type { Course, StageCourse } from '../course.ts'
import { nameLink } from '../describe.ts'
import type { Proof } from '../finding.ts'
import { atOwner } from '../place.ts'
import { type Judgement, join, NOTHING, ownerOf, type PlacedFinding, type Rule } from '../rule.ts'

/**
 * A hop or a stage took longer than its objective, surely: its time less its uncertainty. It degrades an order and never breaks it. A stage that is slow because
 * of a slow hop in it is told with the hop.
 */
export const hopSlow: Rule = {
  code: 'hop-slow',
  provenBy: [['otlp'], ['status-api'], ['postgres']],
  judge: (course) => {
    const hops = course.assembly.chain.hops.flatMap((hop) => slowHop(course, hop))
    const stages = course.stages.map((stage) => slowStage(course, stage, hops))
    return join([{ findings: hops, unchecked: [] }, ...stages])
  },
}

function slowHop(course: Course, hop: Hop): readonly PlacedFinding[] {
  const { path } = course.assembly
  const index = path.findIndex(({ step }) => step.kind === 'handoff' && step.id === hop.id)
  const step = path[index]?.step
  if (step?.kind !== 'handoff' || step.spec.warn === undefined) return []
  if (hop.state !== 'crossed' || hop.latency === null || hop.plusMinus === null || hop.startedAt === null) return []
  const limit = fromMs(durationMs(step.spec.warn))
  if (hop.latency - hop.plusMinus <= limit) return []
  const source = hop.witnesses[0] ?? 'otlp'
  const what = `${seconds(hop.latency)} ± ${seconds(hop.plusMinus)}`
  return [
    {
      index,
      branch: step.branch,
      watched: step.spec.to,
      finding: {
        ...common(course, step.spec.to, plus(hop.startedAt.best, hop.latency)),
        handoff: step.handoff,
        stage: hop.status,
        message: `${nameLink(step)} took ${what}, longer than the ${step.spec.warn} it may take.`,
        hint: 'see where the time of this hop went',
        evidence: [{ source, at: hop.startedAt.best, what: `${hop.id}: ${what}`, ref: `hop:${hop.id}` }],
      },
    },
  ]
}

/** From the stage before, both exactly told. */
function slowStage(course: Course, stage: StageCourse, hops: readonly PlacedFinding[]): Judgement {
  const { warn } = stage.step.spec
  const before = course.stages.findLast(({ index }) => index < stage.index)
  if (warn === undefined || before === undefined || before.evidence === null || stage.evidence === null) return NOTHING
  if (stage.moment === null || before.moment === null) return NOTHING
  const { least, most } = course.assembly.view.clocks.elapsed(before.evidence.point, stage.evidence.point)
  if (least <= fromMs(durationMs(warn))) return NOTHING
  if (hops.some(({ index, branch }) => !branch && index > before.index && index < stage.index)) return NOTHING
  const place = atOwner(stage)
  const source = stage.evidence.witnesses[0] ?? 'otlp'
  const proof = (of: StageCourse, { best }: Moment): Proof => ({
    source,
    at: best,
    what: `${of.step.spec.owner} reached ${of.step.stage}`,
    ref: of.evidence?.act?.fact.id ?? `stage:${of.step.stage}`,
  })
  return {
    unchecked: [],
    findings: [
      {
        ...place,
        finding: {
          ...common(course, stage.step.spec.owner, stage.moment.latest),
          handoff: null,
          stage: stage.step.stage,
          message: `${stage.step.stage} came ${range(least, most)} after ${before.step.stage}, later than the ${warn} it may take.`,
          hint: `see what ${stage.step.spec.owner} did in that time`,
          evidence: [proof(before, before.moment), proof(stage, stage.moment)],
        },
      },
    ],
  }
}

const common = (course: Course, system: string, detectedAt: UnixNanos) =>
  ({
    code: 'hop-slow',
    class: 'time',
    severity: 'degraded',
    owner: ownerOf(course, system),
    detectedAt,
    explains: [],
  }) as const

const seconds = (time: Nanos): string => `${(toMs(time) / 1000).toFixed(3)} s`
const range = (least: Nanos, most: Nanos): string =>
  seconds(least) === seconds(most) ? seconds(least) : `${seconds(least)} to ${seconds(most)}`
