import { evaluate } from '../src/diagnosis/evaluate.ts'
import { encodeRecord } from '../src/evidence/codec.ts'
import type { Evidence } from '../src/evidence/evidence.ts'
import type { SpanEnded } from '../src/evidence/fact.ts'
import { WaybillError } from '../src/shared/errors.ts'
import { type UnixNanos, unixNanos } from '../src/shared/units.ts'
import { createWorld } from '../test/support/world.ts'
import type { Measurement } from './bench.ts'
import { quantile } from './figure.ts'
import { prepareBench } from './session.ts'

const SPANS = 10_000
const CHILDREN = 3
const WARM_UPS = 3
const ROUNDS = 15

/** A healthy order whose services left ten thousand spans: its own, and thousands of database calls and steps of work below them. */
export const bigJourney: Measurement = {
  name: 'journey',
  what: `a journey of ${SPANS} spans assembled and diagnosed`,
  measure: async ({ signal }) => {
    const { contract } = await prepareBench('fast')
    const world = createWorld({ seed: 1 })
    const known = world.knownAt(world.endsAtMs)
    const evidence = grow(known.evidence)
    const judge = () => {
      const { verdict, state } = evaluate(contract, world.order, evidence, known.now)
      // Its spans tell no more than their times: what the contract asks of attributes is not measured here.
      if ((verdict === 'passed' || verdict === 'degraded') && state === 'final') return
      throw new WaybillError({
        code: 'internal',
        message: `The big journey should come through; it is ${verdict}, ${state}.`,
      })
    }
    const lines = evidence.facts.map((fact) => encodeRecord({ type: 'fact', record: fact }))
    const parse = () => {
      for (const line of lines) JSON.parse(line)
    }
    const floors = await rounds(parse, signal)
    const times = await rounds(judge, signal)
    return [
      {
        name: `a journey of ${SPANS.toLocaleString('en')} spans assembled and diagnosed, median`,
        value: quantile(times.slice(WARM_UPS), 0.5),
        unit: 'ms',
        target: { atMost: 200 },
        floor: quantile(floors.slice(WARM_UPS), 0.5),
        floorIs: '`JSON.parse` of the same evidence lines',
        note: `${ROUNDS} rounds; the first of all, cold, ${Math.round(times[0] ?? Number.NaN)} ms`,
      },
    ]
  },
}

async function rounds(work: () => void, signal: AbortSignal): Promise<readonly number[]> {
  const times: number[] = []
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    const began = performance.now()
    work()
    times.push(performance.now() - began)
    // Lets a signal in.
    await new Promise((resolve) => setImmediate(resolve))
    signal.throwIfAborted()
  }
  return times
}

const isOwn = ({ span }: SpanEnded): boolean => span.attributes['order.id'] !== undefined

/** Hangs small trees of spans below the order's own spans, within their time and in their batches, until there are enough. */
function grow(evidence: Evidence): Evidence {
  const first = evidence.facts.filter((fact): fact is SpanEnded => fact.kind === 'span-ended' && isOwn(fact))
  const all = [...first]
  // The list grows while it is walked, so the trees grow level by level.
  for (const parent of all) {
    for (let child = 0; child < CHILDREN && all.length < SPANS; child++) all.push(childOf(parent, all.length, child))
    if (all.length === SPANS) break
  }
  const added = all.slice(first.length)
  const perBatch = Map.groupBy(added, ({ batch }) => batch)
  const coverage = evidence.coverage.map((record) => ({
    ...record,
    spans: record.spans + (perBatch.get(record.id)?.length ?? 0),
  }))
  return { ...evidence, facts: [...evidence.facts, ...added], coverage }
}

function childOf(parent: SpanEnded, n: number, child: number): SpanEnded {
  const { start, end } = parent.span
  const slice = (end - start) / BigInt(CHILDREN)
  const from: UnixNanos = unixNanos(start + slice * BigInt(child))
  const to: UnixNanos = unixNanos(from + slice)
  const spanId = (n + 1).toString(16).padStart(16, 'f')
  const database = child === 0
  return {
    ...parent,
    id: `otlp:${parent.span.traceId}:${spanId}`,
    at: { ...parent.at, earliest: to, latest: to },
    span: {
      ...parent.span,
      spanId,
      parentSpanId: parent.span.spanId,
      parentIsRemote: false,
      links: [],
      kind: database ? 'client' : 'internal',
      name: database ? 'pg.query:SELECT' : 'work',
      start: from,
      end: to,
      attributes: {
        'order.id': parent.span.attributes['order.id'] ?? '',
        ...(database ? { 'db.system.name': 'postgresql', 'db.query.text': 'SELECT * FROM prices WHERE id = $1' } : {}),
      },
    },
  }
}
