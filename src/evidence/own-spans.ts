import type { Recognise } from '../contract/contract.ts'
import { isCutOff } from './cut-off.ts'
import type { WatchedOrder } from './evidence.ts'
import type { Fact, SpanEnded } from './fact.ts'
import { CORRELATION_ID_ATTRIBUTES, firstText, MESSAGE_ID_ATTRIBUTES } from './message-ids.ts'
import { pollOf } from './poll.ts'
import type { SpanRef } from './span.ts'

/** One trace that carries more than one order. */
export interface SharedTrace {
  readonly traceId: string
  readonly otherOrders: readonly string[]
}

/** The spans of one order, told apart from everybody else's. */
export interface OwnSpans {
  readonly own: readonly SpanEnded[]
  /** Spans that answered the monitor's own questions: they vouch for instances and clocks, they are no part of the order. */
  readonly polls: readonly SpanEnded[]
  readonly orderIds: ReadonlySet<string>
  readonly traceIds: ReadonlySet<string>
  readonly messageIds: ReadonlySet<string>
  readonly correlationIds: ReadonlySet<string>
  readonly shared: readonly SharedTrace[]
}

type Label = 'mine' | 'other' | null

interface Trace {
  readonly id: string
  readonly spans: SpanEnded[]
}

/** Names by which the order is known while the search for its spans goes on. */
interface Known {
  readonly orders: Set<string>
  readonly references: Set<string>
  readonly traces: Set<string>
  readonly messages: Set<string>
  /** Own spans in traces that other orders share; a link into such a trace is a tie only if it leads to one of them. */
  readonly inShared: Map<string, Set<string>>
}

/** Each round can only add names; a chain of traces longer than this is no order's. */
const MAX_ROUNDS = 50

/**
 * Finds the order's spans by the union of its names: order id, the monitor's reference, the traces of the probe's own requests,
 * links in both directions, message ids. A trace shared with other orders is split: a span then belongs to the order of its nearest
 * labelled ancestor, or to the one order all its labelled descendants speak of.
 */
export function selectOwnSpans(recognise: Recognise, order: WatchedOrder, facts: readonly Fact[]): OwnSpans {
  const known = namesFromFacts(order, facts)
  const pollTraces = tracesOfPolls(facts)
  const { traces, polls } = groupByTrace(facts, pollTraces)

  const own = new Map<string, readonly SpanEnded[]>()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const before = known.orders.size + known.traces.size + known.messages.size
    for (const trace of traces) {
      const mine = spansOfOrder(trace, recognise, known)
      if (mine.length === 0) continue
      own.set(trace.id, mine)
      learnNames(trace.id, mine, recognise, known)
    }
    if (known.orders.size + known.traces.size + known.messages.size === before) break
  }

  const spans = [...own.values()].flat()
  return {
    own: spans,
    polls,
    orderIds: withoutCutOff(spans, recognise, known),
    traceIds: known.traces,
    messageIds: known.messages,
    correlationIds: correlationIdsOf(spans),
    shared: traces.filter((trace) => own.has(trace.id)).flatMap((trace) => sharedWith(trace, recognise, known)),
  }
}

function correlationIdsOf(spans: readonly SpanEnded[]): ReadonlySet<string> {
  const ids = new Set<string>()
  for (const { span } of spans) {
    const id = firstText(span.attributes, CORRELATION_ID_ATTRIBUTES)
    if (id !== null) ids.add(id)
  }
  return ids
}

function namesFromFacts(order: WatchedOrder, facts: readonly Fact[]): Known {
  const known: Known = {
    orders: new Set(),
    references: new Set([order.key]),
    traces: new Set(),
    messages: new Set(),
    inShared: new Map(),
  }
  for (const fact of facts) {
    if (fact.kind === 'order-placed' || fact.kind === 'order-found') known.orders.add(fact.orderId)
    if (fact.kind === 'request-made' && fact.span !== null) known.traces.add(fact.span.traceId)
  }
  return known
}

function tracesOfPolls(facts: readonly Fact[]): ReadonlySet<string> {
  const traces = new Set<string>()
  for (const fact of facts) {
    const poll = pollOf(fact)
    if (poll !== null) traces.add(poll.traceId)
  }
  return traces
}

function groupByTrace(facts: readonly Fact[], pollTraces: ReadonlySet<string>) {
  const byId = new Map<string, Trace>()
  const polls: SpanEnded[] = []
  for (const fact of eachOnce(facts)) {
    const { traceId } = fact.span
    if (pollTraces.has(traceId)) {
      polls.push(fact)
      continue
    }
    const trace = byId.get(traceId)
    if (trace === undefined) byId.set(traceId, { id: traceId, spans: [fact] })
    else trace.spans.push(fact)
  }
  return { traces: [...byId.values()], polls }
}

/** Of a span that several sources tell of, the one that came first. */
function eachOnce(facts: readonly Fact[]): readonly SpanEnded[] {
  const first: SpanEnded[] = []
  const places = new Map<string, Map<string, number>>()
  for (const fact of facts) {
    if (fact.kind !== 'span-ended') continue
    const { traceId, spanId } = fact.span
    const trace = places.get(traceId) ?? new Map<string, number>()
    const place = trace.get(spanId) ?? first.length
    const known = first[place]
    if (known === undefined || isEarlier(fact, known)) first[place] = fact
    places.set(traceId, trace.set(spanId, place))
  }
  return first
}

const isEarlier = (a: SpanEnded, b: SpanEnded): boolean => (a.seenAt === b.seenAt ? a.id < b.id : a.seenAt < b.seenAt)

function orderLabel(fact: SpanEnded, recognise: Recognise, known: Known): Label {
  const { attributes } = fact.span
  const order = firstText(attributes, recognise.span.order)
  if (order !== null && known.orders.has(order)) return 'mine'
  const reference = firstText(attributes, recognise.span.reference ?? [])
  if (reference !== null && known.references.has(reference)) return 'mine'
  // The beginning of a name says as little as none: the span goes with its trace.
  const isName = (value: string | null, names: ReadonlySet<string>) =>
    value !== null && !isCutOff(attributes, value, names)
  return isName(order, known.orders) || isName(reference, known.references) ? 'other' : null
}

/** An id may have been learned cut off, before the whole of it was known. */
function withoutCutOff(
  spans: readonly SpanEnded[],
  { span: { order } }: Recognise,
  { orders }: Known,
): ReadonlySet<string> {
  const cut = new Set<string>()
  for (const { span } of spans) {
    const id = firstText(span.attributes, order)
    if (id !== null && isCutOff(span.attributes, id, orders)) cut.add(id)
  }
  return new Set([...orders].filter((id) => !cut.has(id)))
}

function spansOfOrder(trace: Trace, recognise: Recognise, known: Known): readonly SpanEnded[] {
  const found = trace.spans.map((fact) => orderLabel(fact, recognise, known))
  if (!found.includes('other')) return found.includes('mine') || isAnchored(trace, known) ? trace.spans : []
  if (!found.includes('mine')) return []
  const labels = new Map(trace.spans.map(({ span }, i) => [span.spanId, found[i] ?? null]))
  for (const fact of trace.spans)
    if (labels.get(fact.span.spanId) === null && isTied(fact, known)) labels.set(fact.span.spanId, 'mine')
  const mine = splitSharedTrace(trace, labels)
  known.inShared.set(trace.id, new Set(mine.map(({ span }) => span.spanId)))
  return mine
}

/** In a trace of many orders: a message of ours, or a span all of whose links lead to us. */
function isTied({ span }: SpanEnded, known: Known): boolean {
  const message = firstText(span.attributes, MESSAGE_ID_ATTRIBUTES)
  if (message !== null && known.messages.has(message)) return true
  return span.links.length > 0 && span.links.every((link) => leadsToUs(link, known))
}

function leadsToUs({ traceId, spanId }: SpanRef, known: Known): boolean {
  const shared = known.inShared.get(traceId)
  return shared === undefined ? known.traces.has(traceId) : shared.has(spanId)
}

/** A trace without any label belongs to the order if a name other than an attribute ties it to the order. */
function isAnchored(trace: Trace, known: Known): boolean {
  if (known.traces.has(trace.id)) return true
  return trace.spans.some(({ span }) => {
    if (span.links.some((link) => leadsToUs(link, known))) return true
    const message = firstText(span.attributes, MESSAGE_ID_ATTRIBUTES)
    return message !== null && known.messages.has(message)
  })
}

function splitSharedTrace(trace: Trace, labels: ReadonlyMap<string, Label>): readonly SpanEnded[] {
  const byId = new Map(trace.spans.map((fact) => [fact.span.spanId, fact]))
  const below = labelsBelow(trace, labels, byId)
  const fromAbove = (fact: SpanEnded): Label => {
    const visited = new Set<string>()
    for (let at: SpanEnded | undefined = fact; at !== undefined && !visited.has(at.span.spanId); ) {
      const label = labels.get(at.span.spanId)
      if (label) return label
      visited.add(at.span.spanId)
      at = at.span.parentSpanId === null ? undefined : byId.get(at.span.parentSpanId)
    }
    return null
  }
  return trace.spans.filter((fact) => {
    const above = fromAbove(fact)
    if (above !== null) return above === 'mine'
    const under = below.get(fact.span.spanId)
    return under?.size === 1 && under.has('mine')
  })
}

/** For each span, the labels among its descendants. */
function labelsBelow(trace: Trace, labels: ReadonlyMap<string, Label>, byId: ReadonlyMap<string, SpanEnded>) {
  const below = new Map<string, Set<Label>>()
  for (const fact of trace.spans) {
    const label = labels.get(fact.span.spanId) ?? null
    if (label === null) continue
    const visited = new Set<string>()
    let parentId = fact.span.parentSpanId
    while (parentId !== null && !visited.has(parentId)) {
      visited.add(parentId)
      const labelsHere = below.get(parentId) ?? new Set<Label>()
      if (labelsHere.has(label)) break
      below.set(parentId, labelsHere.add(label))
      parentId = byId.get(parentId)?.span.parentSpanId ?? null
    }
  }
  return below
}

function learnNames(traceId: string, mine: readonly SpanEnded[], recognise: Recognise, known: Known): void {
  known.traces.add(traceId)
  for (const { span } of mine) {
    const order = firstText(span.attributes, recognise.span.order)
    const reference = order === null ? null : firstText(span.attributes, recognise.span.reference ?? [])
    if (order !== null && reference !== null && known.references.has(reference)) known.orders.add(order)
    for (const link of span.links) known.traces.add(link.traceId)
    const message = firstText(span.attributes, MESSAGE_ID_ATTRIBUTES)
    if (message !== null) known.messages.add(message)
  }
}

function sharedWith(trace: Trace, recognise: Recognise, known: Known): readonly SharedTrace[] {
  const others = new Set<string>()
  for (const fact of trace.spans) {
    if (orderLabel(fact, recognise, known) !== 'other') continue
    const order = firstText(fact.span.attributes, recognise.span.order)
    if (order !== null) others.add(order)
  }
  return others.size === 0 ? [] : [{ traceId: trace.id, otherOrders: [...others] }]
}
