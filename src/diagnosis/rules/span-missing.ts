import type { Moment } from '../../journey/journey.ts'
import { isInstrumented, vouchForSpans } from '../../journey/vouch.ts'
import type { Course, StageCourse } from '../course.ts'
import { clockTime } from '../describe.ts'
import type { Unchecked } from '../finding.ts'
import { leavesNoSpans, type Untraced } from '../leaves-no-spans.ts'
import { type Judgement, join, NOTHING, ownerOf, type PlacedFinding, type Rule } from '../rule.ts'
import { actsThatLack } from './attribute-missing.ts'
import { outOfTurn } from './out-of-turn.ts'

/**
 * A system left no span for work it provably did. Proof: another witness of the stage, and the system's spans around that moment complete; or, of a system that does not
 * trace at all, that nothing came from it since and that it hands no context on. Late, lost or frozen telemetry is not this, nor a span that only lacks the mark by which
 * it would be known. A stage that was set out of its turn was set by whoever: that its owner did it is not proven.
 */
export const spanMissing: Rule = {
  code: 'span-missing',
  provenBy: [
    ['otlp', 'status-api'],
    ['otlp', 'postgres'],
    ['otlp', 'rabbitmq'],
  ],
  judge: (course) => {
    const owners = new Set(course.stages.map(({ step }) => step.spec.owner))
    const untraced = [...owners].flatMap((system) => leavesNoSpans(course, system) ?? [])
    const told = new Set(untraced.flatMap(({ stages }) => stages))
    return join([
      ...untraced.map((found) => tellUntraced(course, found)),
      ...course.stages.map((stage) => (told.has(stage) ? NOTHING : judge(course, stage))),
    ])
  },
}

/** Found to be so, or about to be. */
function isOutOfTurn(course: Course, stage: StageCourse): boolean {
  const { findings, pending = [] } = outOfTurn(course, stage)
  return findings.length > 0 || pending.length > 0
}

function tellUntraced(course: Course, { stages, knownAt, proof }: Untraced): Judgement {
  const [first] = stages
  if (first?.moment == null) return NOTHING
  const { owner } = first.step.spec
  const names = stages.map(({ step }) => step.stage).join(', ')
  return {
    unchecked: [],
    findings: [
      told(course, first, {
        message: `${owner} reached ${names} and has left no span at all since ${clockTime(first.moment.earliest)}; what it sends carries no trace context either: it does not trace.`,
        hint: `see whether ${owner} was started with its instrumentation (agent, preload, OTEL_SDK_DISABLED)`,
        detectedAt: knownAt,
        evidence: [shownBy(first, first.moment), ...proof],
      }),
    ],
  }
}

function judge(course: Course, stage: StageCourse): Judgement {
  const { step, evidence, moment } = stage
  if (evidence === null || moment === null || evidence.act !== null) return NOTHING
  const { view } = course.assembly
  const { owner } = step.spec
  if (!isInstrumented(view.contract, owner) || isOutOfTurn(course, stage)) return NOTHING
  const vouched = vouchForSpans(view, owner, moment.earliest, moment.latest)
  const unmarked = vouched.vouched ? lackedMark(course, owner, moment) : null
  const why = vouched.vouched ? unmarked : vouched.why
  if (why !== null) {
    const unchecked: Unchecked = { code: 'span-missing', handoff: null, stage: step.stage, why }
    return { findings: [], unchecked: [unchecked] }
  }
  return {
    unchecked: [],
    findings: [
      told(course, stage, {
        message: `${owner} reached ${step.stage} by ${clockTime(moment.latest)} and left no span that sets it, though its telemetry is complete.`,
        hint: `see whether ${owner} is instrumented there, or its sampler drops the trace`,
        detectedAt: course.now,
        evidence: [shownBy(stage, moment)],
      }),
    ],
  }
}

/** Spans of that moment are there; they lack an attribute by which the contract knows a setting, and asks for: that is what is wrong. */
function lackedMark(course: Course, owner: string, { earliest, latest }: Moment): string | null {
  const { view } = course.assembly
  const { status, reached = {} } = view.contract.recognise.span
  const name = [status, ...Object.keys(reached)].find((mark) =>
    actsThatLack(course, owner, mark).some((act) => {
      const { start, end } = view.timeOf(act)
      return start <= latest && end >= earliest
    }),
  )
  return name === undefined ? null : `the spans of ${owner} from then lack ${name}`
}

const shownBy = ({ step, evidence }: StageCourse, moment: Moment) => ({
  source: evidence?.witnesses[0] ?? ('status-api' as const),
  at: moment.latest,
  what: `${step.spec.owner} shows ${step.stage}`,
  ref: `stage:${step.stage}`,
})

const told = (
  course: Course,
  { step, index }: StageCourse,
  what: Pick<PlacedFinding['finding'], 'message' | 'hint' | 'detectedAt' | 'evidence'>,
): PlacedFinding => ({
  index,
  branch: false,
  watched: step.spec.owner,
  finding: {
    ...what,
    code: 'span-missing',
    class: 'trace',
    severity: 'degraded',
    handoff: null,
    stage: step.stage,
    owner: ownerOf(course, step.spec.owner),
    explains: [],
  },
})
