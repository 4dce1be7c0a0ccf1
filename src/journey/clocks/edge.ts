import type { Evidence, WatchedOrder } from '../../evidence/evidence.ts'
import type { SpanEnded } from '../../evidence/fact.ts'
import { MONITOR_CLOCK } from '../../evidence/fact.ts'
import type { SpanRef } from '../../evidence/span.ts'
import { fromMs, minus, plus, type UnixNanos } from '../../shared/units.ts'
import type { SpanTree } from '../span-tree.ts'

/** A moment as one clock showed it. */
export interface Reading {
  readonly clock: string
  readonly at: UnixNanos
  /** By when it had reached us, where a span tells of it. */
  readonly seenAt?: UnixNanos
}

/** One thing caused the other, so the first cannot have happened after the second, whatever their clocks say. */
export interface CausalEdge {
  readonly before: Reading
  readonly after: Reading
}

/** The probe takes its times in a process of its own; two readings of one wall clock may differ by so much. */
const REQUEST_SLACK = fromMs(0.2)

/**
 * The causal edges of one order's evidence, the only ground on which clocks are compared:
 *
 *   monitor   sent ├───────────────┤ answered          sent ≤ server start ≤ answered
 *   server            ├────────┤                       (server end is not used: 4 in 10 end after their client's)
 *
 *   client start ≤ server start ≤ client end · publish start ≤ deliver · span end ≤ its arrival · ledger entry ≤ any span of the order
 */
export function collectEdges(
  order: WatchedOrder,
  evidence: Evidence,
  polls: readonly SpanEnded[],
  tree: SpanTree,
): readonly CausalEdge[] {
  const edges = [...pollEdges(evidence, polls), ...requestEdges(evidence, tree), ...spanEdges(tree)]
  const entered = monitor(order.enteredAt)
  for (const { fact } of tree.acts) {
    edges.push({ before: entered, after: startOf(fact) })
    // Says nothing new of a clock that ran on; of one that was set back it tells on which side of that the end stands.
    edges.push({ before: entered, after: endOf(fact) })
    // Not the same reading again: the order's entry and an arrival are no question and its answer.
    edges.push({ before: endOf(fact), after: monitor(fact.seenAt) })
  }
  for (const fact of polls) edges.push({ before: endOf(fact), after: monitor(fact.seenAt) })
  return edges
}

const on = (clock: string, at: UnixNanos): Reading => ({ clock, at })
const startOf = ({ span, seenAt }: SpanEnded): Reading => ({ clock: span.instance, at: span.start, seenAt })
const endOf = ({ span, seenAt }: SpanEnded): Reading => ({ clock: span.instance, at: span.end, seenAt })
const monitor = (at: UnixNanos): Reading => on(MONITOR_CLOCK, at)
const nameOf = ({ traceId, spanId }: SpanRef): string => `${traceId}:${spanId}`

function pollEdges(evidence: Evidence, polls: readonly SpanEnded[]): CausalEdge[] {
  const asked = new Map<string, { spanId: string; sent: UnixNanos; answered: UnixNanos }[]>()
  for (const fact of evidence.facts) {
    const poll = fact.kind === 'status-answered' || fact.kind === 'clock-asked' ? fact.poll : null
    if (poll === null) continue
    const question = { spanId: poll.spanId, sent: fact.at.earliest, answered: fact.at.latest }
    const trace = asked.get(poll.traceId)
    if (trace === undefined) asked.set(poll.traceId, [question])
    else trace.push(question)
  }
  return polls.flatMap((fact) => {
    const { span } = fact
    const poll = asked.get(span.traceId)?.findLast(({ spanId }) => spanId === span.parentSpanId)
    if (poll === undefined || span.kind !== 'server') return []
    const start = startOf(fact)
    return [
      { before: monitor(poll.sent), after: start },
      { before: start, after: monitor(poll.answered) },
    ]
  })
}

function requestEdges(evidence: Evidence, tree: SpanTree): CausalEdge[] {
  const serving = new Map<string, Reading>()
  for (const { op, span, fact } of tree.acts) {
    if (op === 'serve' && span.parentSpanId !== null) {
      serving.set(`${span.traceId}:${span.parentSpanId}`, startOf(fact))
    }
  }
  return evidence.facts.flatMap((fact) => {
    if (fact.kind !== 'request-made' || fact.span === null || fact.httpStatus === null) return []
    const start = serving.get(nameOf(fact.span))
    if (start === undefined) return []
    return [
      { before: monitor(minus(fact.at.earliest, REQUEST_SLACK)), after: start },
      { before: start, after: monitor(plus(fact.at.latest, REQUEST_SLACK)) },
    ]
  })
}

function spanEdges(tree: SpanTree): CausalEdge[] {
  const edges: CausalEdge[] = []
  for (const act of tree.acts) {
    const { span } = act
    const parent = tree.parent(act)
    if (parent !== undefined && parent.span.instance !== span.instance) {
      edges.push({ before: startOf(parent.fact), after: startOf(act.fact) })
      if (parent.op === 'call' && act.op === 'serve') {
        edges.push({ before: startOf(act.fact), after: endOf(parent.fact) })
      }
    }
    for (const link of span.links) {
      const linked = tree.find(link)
      if (linked === undefined || linked.span.instance === span.instance) continue
      edges.push({ before: startOf(linked.fact), after: startOf(act.fact) })
    }
  }
  return edges
}
