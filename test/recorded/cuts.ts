import type { Condition } from '../../src/evidence/condition.ts'
import type { Coverage } from '../../src/evidence/coverage.ts'
import type { Evidence } from '../../src/evidence/evidence.ts'
import type { Fact, SourceName } from '../../src/evidence/fact.ts'

/** One way of taking something away from the evidence of an order. */
export interface Cut {
  readonly name: string
  readonly of: (evidence: Evidence) => Evidence
  /** A source lost something it goes on vouching for: no rule can know better than what it is told, so that a break may get another name, at its own place. */
  readonly lies: boolean
}

/** How many of each kind are tried where not all are. */
export interface LossCounts {
  readonly ownBatches: number
  readonly otherBatches: number
  readonly ownFacts: number
  readonly otherFacts: number
  readonly conditions: number
  readonly stretches: number
  readonly outages: number
}

const WITNESSES = ['otlp', 'rabbitmq', 'status-api', 'postgres', 'storage'] as const
const SERVICES = ['shop-api', 'crm-api', 'mes-api', 'carrier', 'waybill-probe'] as const
const SYSTEMS = ['shop', 'crm', 'mes'] as const
const CONDITIONS = ['queue-state', 'queue-setup', 'system-unreachable'] as const satisfies readonly Condition['kind'][]

interface Gone {
  readonly fact?: (fact: Fact) => boolean
  readonly condition?: (condition: Condition) => boolean
  readonly coverage?: (record: Coverage) => boolean
}

const NONE = () => false

const without =
  ({ fact = NONE, condition = NONE, coverage = NONE }: Gone) =>
  (evidence: Evidence): Evidence => ({
    facts: evidence.facts.filter((it) => !fact(it)),
    conditions: evidence.conditions.filter((it) => !condition(it)),
    coverage: evidence.coverage.filter((it) => !coverage(it)),
  })

const withoutSources = (sources: readonly SourceName[]): Cut => {
  const isGone = ({ source }: { readonly source: SourceName }) => sources.includes(source)
  return {
    name: `source${sources.length === 1 ? '' : 's'} ${sources.join(', ')}`,
    of: without({ fact: isGone, condition: isGone, coverage: isGone }),
    lies: false,
  }
}

const withoutBatch = (id: string): Cut => ({
  name: `batch ${id}`,
  of: without({
    fact: (fact) => fact.kind === 'span-ended' && fact.batch === id,
    coverage: (record) => record.id === id,
  }),
  lies: false,
})

/** Sources whose word that something did not happen rests on coverage. */
const isVouchedFor = ({ source }: Fact): boolean => source === 'otlp' || source === 'rabbitmq'

const withoutFact = (gone: Fact): Cut => ({
  name: `fact ${nameOf(gone)}`,
  of: without({ fact: (fact) => fact === gone }),
  lies: isVouchedFor(gone),
})

/** The source dropped one fact and says so: a hole in what it vouches for. */
const withoutFactAsTold = (gone: Fact): Cut => ({
  name: `fact ${nameOf(gone)}, told to be dropped`,
  of: (evidence) => ({
    facts: evidence.facts.filter((fact) => fact !== gone),
    conditions: evidence.conditions,
    coverage: evidence.coverage.map((record) =>
      holds(record, gone) ? { ...record, dropped: record.dropped + 1 } : record,
    ),
  }),
  lies: false,
})

const holds = ({ id, source, from, seenAt }: Coverage, fact: Fact): boolean =>
  fact.kind === 'span-ended'
    ? fact.batch === id
    : source === 'rabbitmq' && from <= fact.at.latest && seenAt >= fact.at.earliest

const withoutCondition = (gone: Condition): Cut => ({
  name: `condition ${gone.kind} ${gone.subject} ${gone.id}`,
  of: without({ condition: (condition) => condition === gone }),
  lies: false,
})

const withoutStretch = (gone: Coverage): Cut => ({
  name: `stretch ${gone.source} ${gone.service} ${gone.id}`,
  of: without({ coverage: (record) => record === gone }),
  lies: false,
})

/** The tap was away: of what it would have told between two pilots nothing came, and nothing is vouched for. */
const withoutTap = (gone: Coverage): Cut => ({
  name: `tap from ${gone.id} on`,
  of: without({
    fact: ({ source, seenAt }) => source === 'rabbitmq' && seenAt >= gone.from && seenAt <= gone.seenAt,
    condition: ({ source, to }) => source === 'rabbitmq' && to >= gone.from && to <= gone.seenAt,
    coverage: (record) => record.source === 'rabbitmq' && record.from < gone.to && record.to > gone.from,
  }),
  lies: false,
})

const nameOf = (fact: Fact): string => {
  if (fact.kind === 'span-ended') return `${fact.span.service} "${fact.span.name}" ${fact.id}`
  return `${fact.source} ${fact.kind} ${fact.id}`
}

/** Spans that only answered a question of ours say nothing of the order's journey; nor does the hundredth answer. */
const isOwn = (polls: ReadonlySet<string>) => (fact: Fact) =>
  fact.kind === 'span-ended'
    ? !polls.has(fact.span.traceId)
    : fact.kind !== 'status-answered' && fact.kind !== 'status-unavailable' && fact.kind !== 'clock-asked'

const pollTraces = ({ facts }: Evidence): ReadonlySet<string> =>
  new Set(facts.flatMap((fact) => ('poll' in fact && fact.poll !== null ? [fact.poll.traceId] : [])))

/** What a whole witness less looks like: a source, one service's spans, one system's answers or rows, one kind of the broker's statements. */
export const impairmentsOf = (): readonly Cut[] => [
  ...[...WITNESSES, 'probe' as const].map((source) => withoutSources([source])),
  ...SERVICES.map(
    (service): Cut => ({
      name: `spans of ${service}`,
      of: without({
        fact: (fact) => fact.kind === 'span-ended' && fact.span.service === service,
        coverage: (record) => record.service === service && record.source === 'otlp',
      }),
      lies: false,
    }),
  ),
  ...(['status-api', 'postgres'] as const).flatMap((source) =>
    SYSTEMS.map(
      (system): Cut => ({
        name: `answers of ${system} by ${source}`,
        of: without({
          fact: (fact) => fact.source === source && 'system' in fact && fact.system === system,
          condition: (condition) => condition.source === source && condition.subject === system,
        }),
        lies: false,
      }),
    ),
  ),
  ...CONDITIONS.map(
    (kind): Cut => ({
      name: `conditions ${kind}`,
      of: without({ condition: (condition) => condition.kind === kind }),
      lies: false,
    }),
  ),
  ...(['rabbitmq', 'otlp'] as const).map(
    (of): Cut => ({
      name: `all ${of} vouches for`,
      of: without({ coverage: ({ source }) => source === of }),
      lies: false,
    }),
  ),
]

/** Every two or more witnesses less, down to the probe alone. */
export const companiesOf = (): readonly Cut[] =>
  Array.from({ length: 2 ** WITNESSES.length }, (_, bits) => WITNESSES.filter((_name, at) => (bits >> at) % 2 === 1))
    .filter(({ length }) => length > 1)
    .map(withoutSources)

/** Single batches with their facts, single facts, conditions and stretches of coverage; those that bear on the order's journey first. */
export function lossesOf(evidence: Evidence, counts: LossCounts, random: () => number): readonly Cut[] {
  const own = isOwn(pollTraces(evidence))
  const ownBatches = new Set(
    evidence.facts.flatMap((fact) => (fact.kind === 'span-ended' && own(fact) ? (fact.batch ?? []) : [])),
  )
  const batches = evidence.coverage.filter(({ source }) => source === 'otlp').map(({ id }) => id)
  const others = batches.filter((id) => !ownBatches.has(id))
  const stretches = evidence.coverage.filter(({ source }) => source === 'rabbitmq')
  const pick = <T>(items: readonly T[], count: number): readonly T[] => shuffle(items, random).slice(0, count)
  const [ownFacts, otherFacts] = [evidence.facts.filter(own), evidence.facts.filter((fact) => !own(fact))]
  return [
    ...pick([...ownBatches], counts.ownBatches).map(withoutBatch),
    ...pick(others, counts.otherBatches).map(withoutBatch),
    ...pick(ownFacts, counts.ownFacts).flatMap((fact) =>
      isVouchedFor(fact) ? [withoutFact(fact), withoutFactAsTold(fact)] : [withoutFact(fact)],
    ),
    ...pick(otherFacts, counts.otherFacts).map(withoutFact),
    ...pick(evidence.conditions, counts.conditions).map(withoutCondition),
    ...pick(stretches, counts.stretches).map(withoutStretch),
    ...pick(stretches, counts.outages).map(withoutTap),
  ]
}

/** The same items in another order, which the seed of `random` decides. */
export function shuffle<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
