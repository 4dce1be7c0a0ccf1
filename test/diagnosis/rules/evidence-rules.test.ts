import { describe, expect, test } from 'vitest'
import { chartCourse } from '../../../src/diagnosis/course.ts'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import { evidenceLate } from '../../../src/diagnosis/rules/evidence-late.ts'
import { evidenceUnavailable } from '../../../src/diagnosis/rules/evidence-unavailable.ts'
import type { Condition } from '../../../src/evidence/condition.ts'
import type { Evidence } from '../../../src/evidence/evidence.ts'
import type { Fact } from '../../../src/evidence/fact.ts'
import { assemble } from '../../../src/journey/assemble.ts'
import { fromMs, plus, type UnixNanos } from '../../../src/shared/units.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { at, createWorld, type World } from '../../support/world.ts'

const contract = jewelryToldBriefly('fast')
const healthy = createWorld({ seed: 11, history: true })
const END = healthy.endsAtMs

const said = (evidence: Evidence, world: World = healthy, ms = END): readonly string[] => {
  const course = chartCourse(assemble(contract, world.order, evidence), at(ms))
  return [evidenceUnavailable, evidenceLate].flatMap((rule) =>
    rule.judge(course).findings.map(({ finding }) => `${finding.code}: ${finding.message}`),
  )
}
const changed = (change: (fact: Fact) => readonly Fact[]): Evidence => ({
  ...healthy.evidence,
  facts: healthy.evidence.facts.flatMap(change),
})
const verdictOf = (evidence: Evidence): string => evaluate(contract, healthy.order, evidence, at(END)).verdict

test('of a healthy order neither is told, and of its evidence as it comes in neither', () => {
  for (let ms = 500; ms <= END; ms += 2_000) {
    const { evidence } = healthy.knownAt(ms)
    expect(said(evidence, healthy, ms), `at ${ms} ms`).toEqual([])
  }
})

describe('a source that says it was down', () => {
  const down = (fromMs: number, toMs: number, subject = 'shop-db'): Condition => ({
    id: `postgres:${subject}:${toMs}`,
    source: 'postgres',
    kind: 'source-down',
    subject,
    from: at(fromMs),
    to: at(toMs),
    detail: 'connection refused',
  })
  test.each([
    {
      how: 'for longer than telemetry may take is told once',
      conditions: [down(500, 4_000), down(500, 12_000)],
      times: 1,
    },
    { how: 'for a moment, and told things after, is not', conditions: [down(500, 1_500)], times: 0, answered: true },
    { how: 'for a moment, and told nothing since, is', conditions: [down(500, 1_500)], times: 1 },
    { how: 'for long, before the order began, is not', conditions: [down(-60_000, -20_000)], times: 0 },
    { how: 'for long, and still was as the order began, is', conditions: [down(-60_000, 500)], times: 1 },
  ])('$how', ({ conditions, times, answered }) => {
    const [status] = healthy.evidence.facts.filter((fact) => fact.kind === 'status-answered')
    const facts: readonly Fact[] =
      answered === true && status !== undefined
        ? [...healthy.evidence.facts, { ...status, id: 'row', source: 'postgres', poll: null, seenAt: at(3_000) }]
        : healthy.evidence.facts
    const evidence = { ...healthy.evidence, facts, conditions }
    expect(said(evidence)).toHaveLength(times)
    expect(verdictOf(evidence)).toBe('passed')
  })
})

describe('a status API', () => {
  const failing = (system: string, from: number, to: number, why: 'nonsense' | 'refused'): Evidence =>
    changed((fact) => {
      if (fact.kind !== 'status-answered' || fact.system !== system) return [fact]
      if (fact.at.earliest < at(from) || fact.at.earliest > at(to)) return [fact]
      const { id, source, at: when, seenAt, keys, poll } = fact
      const common = { id, source, at: when, seenAt, keys, poll, system }
      return [{ ...common, kind: 'status-unavailable', why, detail: 'answered something that is no JSON' }]
    })

  test('that answers nonsense while its system works is told, and the order passes all the same', () => {
    const evidence = failing('mes', 300, END, 'nonsense')
    expect(said(evidence)).toEqual([expect.stringContaining('The status API of mes tells nothing')])
    expect(verdictOf(evidence)).toBe('passed')
  })

  test('that fails for a moment is not', () => {
    expect(said(failing('mes', 300, 900, 'nonsense'))).toEqual([])
  })

  test('that is refused while nothing else comes of its system either is the order system’s trouble, not the monitor’s', () => {
    const gone = failing('mes', 600, END, 'refused')
    const isLater = (fact: Fact): boolean =>
      (fact.kind === 'span-ended' && fact.span.service === 'mes-api' && fact.span.end >= at(600)) ||
      (fact.kind === 'request-made' && fact.system === 'mes' && fact.at.latest >= at(600))
    const facts = gone.facts.filter((fact) => !isLater(fact))
    const coverage = gone.coverage.filter(({ service, to }) => service !== 'mes-api' || to < at(600))
    expect(said({ ...gone, facts, coverage })).toEqual([])
  })
})

describe('spans', () => {
  const ofMes = (fact: Fact): boolean => fact.kind === 'span-ended' && fact.span.service === 'mes-api'

  test('that were counted as dropped are told', () => {
    const [first, ...others] = healthy.evidence.coverage
    if (first === undefined) throw new Error('the world has no coverage')
    expect(said({ ...healthy.evidence, coverage: [{ ...first, dropped: 3 }, ...others] })).toEqual([
      expect.stringContaining('3 spans of'),
    ])
  })

  test('of one export that never came are missed by the questions answered meanwhile', () => {
    const lost = healthy.evidence.coverage.filter(({ service }) => service === 'mes-api')[6]
    const evidence = changed((fact) => (fact.kind === 'span-ended' && fact.batch === lost?.id ? [] : [fact]))
    expect(said(evidence)).toEqual([
      expect.stringMatching(/^evidence-unavailable: Spans of mes-api\/1 from .* never arrived/),
    ])
    expect(verdictOf(evidence)).not.toBe('broken')
  })

  test('that come thirty seconds after their end are late', () => {
    const late = (seen: UnixNanos): UnixNanos => plus(seen, fromMs(30_000))
    const evidence = changed((fact) => [ofMes(fact) ? { ...fact, seenAt: late(fact.seenAt) } : fact])
    expect(said(evidence)).toEqual([expect.stringMatching(/^evidence-late: mes-api\/1 tells its spans 30\.\d s late/)])
  })

  test('that no more come while the instance goes on answering are told, of that instance alone', () => {
    const frozen = createWorld({ seed: 11, history: true, frozen: { service: 'mes-api', fromMs: 700 } })
    expect(said(frozen.evidence, frozen)).toEqual([
      expect.stringMatching(/^evidence-unavailable: mes-api\/1 tells no span since/),
    ])
    expect(evaluate(contract, frozen.order, frozen.evidence, at(frozen.endsAtMs)).verdict).toBe('passed')
  })

  test('of which none ever came from a system that answers all along are told, unless the contract says it tells none', () => {
    const mute = changed((fact) => (ofMes(fact) ? [] : [fact]))
    expect(said(mute)).toEqual([expect.stringMatching(/^evidence-unavailable: mes tells no span since/)])
    const { mes, ...others } = contract.systems
    if (mes === undefined) throw new Error('the contract has no such system')
    const silent = { ...contract, systems: { ...others, mes: { ...mes, instrumented: false } } }
    const course = chartCourse(assemble(silent, healthy.order, mute), at(END))
    expect(evidenceUnavailable.judge(course).findings).toEqual([])
  })

  test('that are owed by a process which was killed are no trouble of the monitor', () => {
    const killed = changed((fact) => {
      const gone = fact.seenAt > at(900)
      if (ofMes(fact) && gone) return []
      return fact.kind === 'status-answered' && fact.system === 'mes' && fact.at.earliest > at(900) ? [] : [fact]
    })
    expect(said(killed)).toEqual([])
  })
})

describe('a source that says it tells late', () => {
  const late = (toMs: number): Evidence => ({
    ...healthy.evidence,
    conditions: [
      {
        id: `rabbitmq:late:${toMs}`,
        source: 'rabbitmq',
        kind: 'source-late',
        subject: 'rabbitmq',
        from: at(toMs - 4_000),
        to: at(toMs),
        lagMs: 4_000,
        limitMs: 1_000,
      },
    ],
  })

  test('while the order is under way is told', () => {
    expect(said(late(2_000))).toEqual([expect.stringMatching(/^evidence-late: The witness rabbitmq/)])
  })

  test('before the order began is not', () => {
    expect(said(late(-1_000))).toEqual([])
  })
})
