import type { SpanEnded } from '../../evidence/fact.ts'
import { firstText } from '../../evidence/message-ids.ts'
import type { FoundStep } from '../../journey/hops.ts'
import { latest } from '../../shared/units.ts'
import type { Course } from '../course.ts'
import { nameLink, proofOfAct } from '../describe.ts'
import { systemOf } from '../order-work.ts'
import { type Judgement, NOTHING, ownerOf, type Rule } from '../rule.ts'

type FoundCrossing = Extract<FoundStep, { crossing: unknown }>

/**
 * One trace carries two orders: the receiver works on this one and on another in a trace that is neither's. Proof: the receiver's spans of both in one trace, and
 * the sender's in another, to which nothing leads back. A batch that links what it takes together is none, nor are two orders that one request of the sender made.
 */
export const contextLeaked: Rule = {
  code: 'context-leaked',
  provenBy: [['otlp']],
  judge: (course) => {
    for (const [index, found] of course.assembly.path.entries()) {
      const other = 'crossing' in found ? leakAt(course, found) : null
      if (other !== null && 'crossing' in found) return tell(course, found, index, other)
    }
    return NOTHING
  },
}

/** The span of another order with which the receiver's work shares its trace; null where it shares none. */
export function leakAt(course: Course, { crossing }: FoundCrossing): SpanEnded | null {
  const { sender, receiver } = crossing
  if (sender === null || receiver === null || sender.span.traceId === receiver.span.traceId) return null
  if (crossing.context === 'continuous' || crossing.context === 'linked') return null
  const { view } = course.assembly
  const shared = view.spans.shared.find(({ traceId }) => traceId === receiver.span.traceId)
  if (shared === undefined) return null
  const { order } = view.contract.recognise.span
  return (
    view.evidence.facts.find(
      (fact): fact is SpanEnded =>
        fact.kind === 'span-ended' &&
        fact.span.traceId === shared.traceId &&
        shared.otherOrders.includes(firstText(fact.span.attributes, order) ?? '') &&
        fact.span.service === receiver.span.service &&
        isWork(course, fact),
    ) ?? null
  )
}

/** Taking a message, or setting a status: a look at a list of orders is no work on any. */
function isWork({ assembly: { view } }: Course, { span }: SpanEnded): boolean {
  const reached = Object.entries(view.contract.recognise.span.reached ?? {})
  const sets = reached.length > 0 && reached.every(([name, value]) => firstText(span.attributes, [name]) === value)
  return span.kind === 'consumer' || sets
}

function tell(course: Course, { step, crossing }: FoundCrossing, index: number, other: SpanEnded): Judgement {
  const { view } = course.assembly
  const { sender, receiver } = crossing
  if (sender === null || receiver === null) return NOTHING
  const system = systemOf(course, receiver) ?? step.spec.to
  return {
    unchecked: [],
    findings: [
      {
        index,
        branch: step.branch,
        watched: step.spec.to,
        finding: {
          code: 'context-leaked',
          class: 'trace',
          severity: 'degraded',
          handoff: step.handoff,
          stage: null,
          message: `Behind ${nameLink(step)} ${system} works on several orders in one trace (${receiver.span.traceId}): this one and at least one other, and none of them hangs on the trace it came from.`,
          owner: ownerOf(course, system),
          hint: `look for a span that is active around the loop in which ${system} takes its orders; each must run in the context that came with it`,
          detectedAt: latest(other.seenAt, receiver.fact.seenAt),
          evidence: [
            proofOfAct(view, sender),
            proofOfAct(view, receiver),
            {
              source: other.source,
              at: other.seenAt,
              what: `${other.span.service}, span "${other.span.name}" of another order in the same trace`,
              ref: other.id,
            },
          ],
          explains: [],
        },
      },
    ],
  }
}
