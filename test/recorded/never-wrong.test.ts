import { describe, expect, test } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import type { Evidence } from '../../src/evidence/evidence.ts'
import { fromMs, plus, type UnixNanos } from '../../src/shared/units.ts'
import { createRandom } from '../support/world.ts'
import { type Cut, companiesOf, impairmentsOf, type LossCounts, lossesOf, shuffle } from './cuts.ts'
import { type Recorded, readRecordings } from './recording.ts'
import { falsehoodIn, mistakeIn } from './truth.ts'

const ALL_CUTS = process.env.WAYBILL_ALL_CUTS === '1'
const SAMPLE: LossCounts = {
  ownBatches: 3,
  otherBatches: 1,
  ownFacts: 6,
  otherFacts: 1,
  conditions: 1,
  stretches: 1,
  outages: 2,
}
const ALL: LossCounts = {
  ownBatches: Infinity,
  otherBatches: Infinity,
  ownFacts: Infinity,
  otherFacts: Infinity,
  conditions: Infinity,
  stretches: Infinity,
  outages: Infinity,
}
/** Of the impairments, of those that are also followed on the way, and of the companies of witnesses, where not all are tried. */
const IMPAIRMENTS = 8
const ON_THE_WAY = 1
const COMPANIES = 4
const LOOK_EVERY_MS = 1_000
const LOOK_SELDOM_MS = 1_500
const LIMIT_MS = ALL_CUTS ? 3_600_000 : 240_000

const orders = readRecordings()
const contracts = { fast: jewelry('fast') }

const judge = ({ order, contractPace, now }: Recorded, evidence: Evidence, at: UnixNanos = now): Evaluation =>
  evaluate(contracts[contractPace], order, evidence, at)

/** What had arrived by a moment. */
const knownAt = ({ facts, conditions, coverage }: Evidence, at: UnixNanos): Evidence => ({
  facts: facts.filter(({ seenAt }) => seenAt <= at),
  conditions: conditions.filter(({ to }) => to <= at),
  coverage: coverage.filter(({ seenAt }) => seenAt <= at),
})

/** The answer of a monitor that looks every so often while the evidence arrives: the first final one, or the last. */
const follow = (recorded: Recorded, evidence: Evidence, everyMs: number): Evaluation => {
  const { order, now } = recorded
  for (let at = plus(order.enteredAt, fromMs(everyMs)); at < now; at = plus(at, fromMs(everyMs))) {
    const answer = judge(recorded, knownAt(evidence, at), at)
    if (answer.state === 'final') return answer
  }
  return judge(recorded, evidence)
}

const count = (verdict: 'passed' | 'degraded' | 'broken'): number =>
  orders.filter(({ expected }) => expected.verdicts.includes(verdict)).length

test('there are at least 50 recorded orders, healthy and broken, told of by every witness', () => {
  expect(orders.length).toBeGreaterThanOrEqual(50)
  expect(count('broken')).toBeGreaterThanOrEqual(30)
  expect(count('passed')).toBeGreaterThanOrEqual(15)
  expect(count('degraded')).toBeGreaterThanOrEqual(5)
  const witnesses = new Set(orders.flatMap(({ evidence }) => evidence.facts.map(({ source }) => source)))
  expect([...witnesses].toSorted()).toEqual(['otlp', 'postgres', 'probe', 'rabbitmq', 'status-api', 'storage'])
})

describe.each(orders.map((order, index) => ({ name: order.name, order, seed: index + 1 })))(
  '$name',
  ({ order, seed }) => {
    const contract = contracts[order.contractPace]
    const full = judge(order, order.evidence)

    test('is called what was done to it', () => {
      const first = follow(order, order.evidence, LOOK_EVERY_MS)
      expect([full.state, first.state]).toEqual(['final', 'final'])
      expect([mistakeIn(order, full), mistakeIn(order, first)]).toEqual([null, null])
    })

    test('is judged the same in any order of arrival', () => {
      const random = createRandom(seed)
      const { facts, conditions, coverage } = order.evidence
      const shuffled = {
        facts: shuffle(facts, random),
        conditions: shuffle(conditions, random),
        coverage: shuffle(coverage, random),
      }
      expect(judge(order, shuffled)).toEqual(full)
    })

    test('with anything taken away may become inconclusive, never wrong', { timeout: LIMIT_MS }, () => {
      const random = createRandom(seed * 7)
      const some = <T>(items: readonly T[], most: number): readonly T[] =>
        ALL_CUTS ? items : shuffle(items, random).slice(0, most)
      const wrong: string[] = []
      const look = ({ name, lies }: Cut, when: string, evaluation: Evaluation) => {
        if (evaluation.state !== 'final') return
        const falsehood = falsehoodIn(contract, order, evaluation, lies)
        if (falsehood !== null) wrong.push(`without ${name}, ${when}: ${falsehood}: ${evaluation.reason}`)
      }
      const impairments = some(impairmentsOf(), IMPAIRMENTS)
      for (const cut of [...impairments, ...some(companiesOf(), COMPANIES)])
        look(cut, 'at the end', judge(order, cut.of(order.evidence)))
      for (const cut of some(impairments, ON_THE_WAY))
        look(cut, 'on the way', follow(order, cut.of(order.evidence), LOOK_SELDOM_MS))
      for (const cut of lossesOf(order.evidence, ALL_CUTS ? ALL : SAMPLE, random)) {
        const evidence = cut.of(order.evidence)
        look(cut, 'at the end', judge(order, evidence))
        // What was said when the live verdict was reached is final too.
        look(cut, 'at the verdict', judge(order, knownAt(evidence, order.decidedAt), order.decidedAt))
      }
      expect(wrong).toEqual([])
    })
  },
)
