import type { Evidence } from '../../src/evidence/evidence.ts'
import type { Fact } from '../../src/evidence/fact.ts'

/** One way of taking something away from the evidence of an order. */
export interface Cut {
  readonly name: string
  readonly of: (evidence: Evidence) => Evidence
}

/** How many of each kind are tried where not all are. */
export interface LossCounts {
  readonly ownBatches: number
  readonly otherBatches: number
  readonly ownFacts: number
  readonly otherFacts: number
}

const SOURCES = ['otlp', 'status-api', 'probe'] as const
const SERVICES = ['shop-api', 'crm-api', 'mes-api', 'carrier', 'waybill-probe'] as const
const SYSTEMS = ['shop', 'crm', 'mes'] as const

const without =
  (fact: (fact: Fact) => boolean, coverage: (record: Evidence['coverage'][number]) => boolean = () => false) =>
  ({ facts, conditions, coverage: records }: Evidence): Evidence => ({
    facts: facts.filter((it) => !fact(it)),
    conditions,
    coverage: records.filter((it) => !coverage(it)),
  })

const withoutBatch = (id: string): Cut => ({
  name: `batch ${id}`,
  of: without(
    (fact) => fact.kind === 'span-ended' && fact.batch === id,
    (record) => record.id === id,
  ),
})

const withoutFact = (gone: Fact): Cut => ({ name: `fact ${nameOf(gone)}`, of: without((fact) => fact === gone) })

const nameOf = (fact: Fact): string =>
  fact.kind === 'span-ended' ? `${fact.span.service} "${fact.span.name}" ${fact.id}` : fact.id

/** Spans that only answered a question of ours say nothing of the order's journey. */
const isOwn = (polls: ReadonlySet<string>) => (fact: Fact) =>
  fact.kind === 'span-ended' ? !polls.has(fact.span.traceId) : fact.source !== 'status-api'

const pollTraces = ({ facts }: Evidence): ReadonlySet<string> =>
  new Set(facts.flatMap((fact) => ('poll' in fact && fact.poll !== null ? [fact.poll.traceId] : [])))

/** What a whole witness less looks like: a source, one service's spans, one system's answers. */
export const impairmentsOf = (): readonly Cut[] => [
  ...SOURCES.map(
    (source): Cut => ({
      name: `source ${source}`,
      of: without(
        (fact) => fact.source === source,
        (record) => record.source === source,
      ),
    }),
  ),
  ...SERVICES.map(
    (service): Cut => ({
      name: `spans of ${service}`,
      of: without(
        (fact) => fact.kind === 'span-ended' && fact.span.service === service,
        (record) => record.service === service,
      ),
    }),
  ),
  ...SYSTEMS.map(
    (system): Cut => ({
      name: `answers of ${system}`,
      of: without((fact) => fact.source === 'status-api' && 'system' in fact && fact.system === system),
    }),
  ),
]

/** Single batches with their facts, and single facts; those that bear on the order's journey first. */
export function lossesOf(evidence: Evidence, counts: LossCounts, random: () => number): readonly Cut[] {
  const own = isOwn(pollTraces(evidence))
  const ownBatches = new Set(
    evidence.facts.flatMap((fact) => (fact.kind === 'span-ended' && own(fact) ? (fact.batch ?? []) : [])),
  )
  const others = evidence.coverage.map(({ id }) => id).filter((id) => !ownBatches.has(id))
  const pick = <T>(items: readonly T[], count: number): readonly T[] => shuffle(items, random).slice(0, count)
  const [ownFacts, otherFacts] = [evidence.facts.filter(own), evidence.facts.filter((fact) => !own(fact))]
  return [
    ...pick([...ownBatches], counts.ownBatches).map(withoutBatch),
    ...pick(others, counts.otherBatches).map(withoutBatch),
    ...pick(ownFacts, counts.ownFacts).map(withoutFact),
    ...pick(otherFacts, counts.otherFacts).map(withoutFact),
  ]
}

/** The same items in another order, which the seed of `random` decides. */
export function shuffle<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
