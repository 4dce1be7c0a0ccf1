import type { Evaluation } from '../diagnosis/verdict.ts'
import type { WatchedOrder } from '../evidence/evidence.ts'
import type { Hop, MirrorReading, Moment, StageReading } from '../journey/journey.ts'
import { between, latest, type Nanos, toRfc3339, type UnixNanos } from '../shared/units.ts'
import type { FindingDocument, HopDocument, SourceDocument, StageDocument, VerdictDocument } from './verdict-schema.ts'

/** What a document says beyond the evaluation itself. */
export interface Decision {
  readonly order: WatchedOrder
  readonly evaluation: Evaluation
  readonly decidedAt: UnixNanos
  readonly revision: number
  readonly sources: readonly SourceDocument[]
}

const NANOS_PER_MS = 1_000_000n
const DECIMALS = 6

/**
 * Whole nanoseconds as milliseconds. The decimal text is built from the integer, so the number that JSON shows has at most
 * six decimals and the decimals of the segments of a hop add up to its latency without a rest (below 49 days, where a double
 * still tells nanoseconds apart).
 */
export function exactMs(time: Nanos): number {
  const magnitude = time < 0n ? 0n - time : time
  const fraction = String(magnitude % NANOS_PER_MS).padStart(DECIMALS, '0')
  return Number(`${time < 0n ? '-' : ''}${magnitude / NANOS_PER_MS}.${fraction}`)
}

const momentText = (moment: Moment | null): string | null => (moment === null ? null : toRfc3339(moment.best))

const timeText = (at: UnixNanos | null): string | null => (at === null ? null : toRfc3339(at))

/** The farther end of the interval, so that the truth lies within `best` ± this even where the interval is lopsided. */
const plusMinusMs = (moment: Moment | null): number | null => {
  if (moment === null) return null
  return Math.max(exactMs(between(moment.best, moment.earliest)), exactMs(between(moment.latest, moment.best)))
}

const mirrorDocument = ({ system, state, at }: MirrorReading): StageDocument['mirrors'][number] => ({
  system,
  state,
  at: momentText(at),
})

const stageDocument = (stage: StageReading): StageDocument => ({
  stage: stage.stage,
  system: stage.system,
  state: stage.state,
  at: momentText(stage.at),
  plusMinusMs: plusMinusMs(stage.at),
  witnesses: [...stage.witnesses],
  mirrors: stage.mirrors.map(mirrorDocument),
})

const hopDocument = (hop: Hop): HopDocument => ({
  id: hop.id,
  handoff: hop.handoff,
  status: hop.status,
  kind: hop.kind,
  from: hop.from,
  to: hop.to,
  state: hop.state,
  branch: hop.branch,
  startedAt: momentText(hop.startedAt),
  latencyMs: hop.latency === null ? null : exactMs(hop.latency),
  plusMinusMs: hop.plusMinus === null ? null : exactMs(hop.plusMinus),
  context: hop.context,
  witnesses: [...hop.witnesses],
  segments: hop.segments.map(({ kind, system, time }) => ({ kind, system, ms: exactMs(time) })),
})

const findingDocument = (finding: Evaluation['findings'][number]): FindingDocument => ({
  code: finding.code,
  class: finding.class,
  severity: finding.severity,
  handoff: finding.handoff,
  stage: finding.stage,
  message: finding.message,
  owner: finding.owner,
  hint: finding.hint,
  detectedAt: toRfc3339(finding.detectedAt),
  evidence: finding.evidence.map(({ source, at, what, ref }) => ({ source, at: toRfc3339(at), what, ref })),
  explains: finding.explains.map(({ code, stage, handoff }) => ({ code, stage, handoff })),
})

/** The verdict document of one order, `waybill.verdict/1`. */
export function verdictDocument({ order, evaluation, decidedAt, revision, sources }: Decision): VerdictDocument {
  const { journey } = evaluation
  const lastFactSeenAt = evaluation.lastFactSeenAt
  return {
    schema: 'waybill.verdict/1',
    verdict: evaluation.verdict,
    state: evaluation.state,
    revision,
    reason: evaluation.reason,
    order: {
      key: order.key,
      flow: order.flow,
      probe: order.probe,
      run: order.run,
      ids: { order: [...journey.orderIds], trace: [...journey.traceIds] },
    },
    placedAt: timeText(journey.placedAt),
    lastFactSeenAt: timeText(lastFactSeenAt),
    decidedAt: toRfc3339(lastFactSeenAt === null ? decidedAt : latest(decidedAt, lastFactSeenAt)),
    stages: journey.stages.map(stageDocument),
    hops: journey.hops.map(hopDocument),
    findings: evaluation.findings.map(findingDocument),
    unchecked: evaluation.unchecked.map(({ code, handoff, stage, why }) => ({ code, handoff, stage, why })),
    clocks: journey.clocks.map(({ instance, offset, plusMinus, since, until }) => ({
      instance,
      offsetMs: exactMs(offset),
      plusMinusMs: exactMs(plusMinus),
      ...(since === undefined ? {} : { since: toRfc3339(since) }),
      ...(until === undefined ? {} : { until: toRfc3339(until) }),
    })),
    sources: [...sources],
  }
}
