import { trailOf } from '../journey/broker/trail.ts'
import type { FoundStep } from '../journey/hops.ts'
import { isInstrumented } from '../journey/vouch.ts'
import { fromMs, plus, type UnixNanos } from '../shared/units.ts'
import type { Course, StageCourse } from './course.ts'
import { clockTime, proofOfAct } from './describe.ts'
import type { Proof } from './finding.ts'
import { settleMs } from './lacking.ts'
import { promiseOf } from './rules/context-lost.ts'

/** A system that works and does not trace at all. */
export interface Untraced {
  /** The stages it reached meanwhile, as others tell, in order of the path; at least one. */
  readonly stages: readonly StageCourse[]
  /** By when a span of the first of them would have come, on the monitor's clock. */
  readonly knownAt: UnixNanos
  readonly proof: readonly Proof[]
}

/**
 * Tells a process that is not instrumented from one whose exporter stands still, is far behind or cannot reach us. None of their spans come; but one that traces hands
 * its context on with whatever it sends, and the other does not. Null: not proven.
 */
export function leavesNoSpans(course: Course, system: string): Untraced | null {
  const { view } = course.assembly
  if (!isInstrumented(view.contract, system)) return null
  const stages = course.stages.filter((stage) => stage.step.spec.owner === system && isUntold(course, stage))
  const first = stages[0]?.moment ?? null
  if (first === null) return null
  const knownAt = settled(course, first.latest)
  const isListening = view.evidence.coverage.some(({ source, seenAt }) => source === 'otlp' && seenAt >= first.earliest)
  if (!isListening) return null
  const sent = course.assembly.path.flatMap((found) => sentBy(course, system, found, first.earliest))
  if (sent.length === 0 || sent.some(({ carriesContext }) => carriesContext)) return null
  const silence: Proof = {
    source: 'otlp',
    at: knownAt,
    what: `no span of ${system} since ${clockTime(first.earliest)}`,
    ref: `coverage:${system}`,
  }
  return { stages, knownAt, proof: [silence, ...sent.slice(0, 2).map(({ proof }) => proof)] }
}

const settled = (course: Course, at: UnixNanos): UnixNanos => plus(at, fromMs(settleMs(course)))

/** Reached, as others tell, and nothing at all came from the system from then until its spans would have come. */
function isUntold(course: Course, { step, evidence, moment }: StageCourse): boolean {
  if (evidence === null || moment === null || evidence.act !== null) return false
  const { view } = course.assembly
  const until = settled(course, moment.latest)
  if (course.now < until) return false
  const services = view.contract.systems[step.spec.owner]?.services ?? []
  const meanwhile = (seenAt: UnixNanos): boolean => seenAt >= moment.earliest && seenAt <= until
  return (
    !view.evidence.coverage.some(
      ({ source, service, seenAt }) => source === 'otlp' && services.includes(service) && meanwhile(seenAt),
    ) && !view.actsOf(step.spec.owner).some(({ fact }) => meanwhile(fact.seenAt))
  )
}

interface Sent {
  readonly carriesContext: boolean
  readonly proof: Proof
}

/** What the system sent over a hand-off that promises context: the messages, as the broker saw them come in; without its word, what the receiver made of them. */
function sentBy(course: Course, system: string, found: FoundStep, since: UnixNanos): readonly Sent[] {
  if (!('crossing' in found)) return []
  const { step, crossing } = found
  const { spec } = step
  if (spec.from !== system || promiseOf(spec) === 'none') return []
  const { view } = course.assembly
  const published = spec.kind === 'queue' ? trailOf(view, step, spec).tracks.flatMap((track) => track.published) : []
  if (published.length > 0)
    return published
      .filter(({ at }) => at.latest >= since)
      .map(({ context, source, at, exchange, routingKey, id }) => ({
        carriesContext: context !== null,
        proof: {
          source,
          at: at.latest,
          what: `message to ${exchange} with key ${routingKey} came in without a traceparent`,
          ref: id,
        },
      }))
  const { receiver } = crossing
  if (receiver === null || view.timeOf(receiver).start < since) return []
  const { parentSpanId, links } = receiver.span
  return [{ carriesContext: parentSpanId !== null || links.length > 0, proof: proofOfAct(view, receiver) }]
}
