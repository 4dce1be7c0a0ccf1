import { describe, expect, test } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import type { Evidence } from '../../src/evidence/evidence.ts'
import { fromMs, plus, type UnixNanos } from '../../src/shared/units.ts'
import { isWrong } from '../support/is-wrong.ts'
import { createRandom } from '../support/world.ts'
import { impairmentsOf, type LossCounts, lossesOf, shuffle } from './cuts.ts'
import { type Recorded, readRecordings } from './recording.ts'

const ALL_CUTS = process.env.WAYBILL_ALL_CUTS === '1'
const SAMPLE: LossCounts = { ownBatches: 8, otherBatches: 6, ownFacts: 24, otherFacts: 6 }
const ALL: LossCounts = { ownBatches: Infinity, otherBatches: Infinity, ownFacts: Infinity, otherFacts: Infinity }
const LOOK_EVERY_MS = 250
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

const told = ({ verdict, state, findings }: Evaluation) => ({
  verdict,
  state,
  code: findings[0]?.code ?? null,
  handoff: findings[0]?.handoff ?? null,
  stage: findings[0]?.stage ?? null,
})

test('there are at least 50 recorded orders, healthy and broken', () => {
  const broken = orders.filter(({ expected }) => expected.verdict !== 'passed')
  expect(orders.length).toBeGreaterThanOrEqual(50)
  expect(broken.length).toBeGreaterThanOrEqual(20)
  expect(orders.length - broken.length).toBeGreaterThanOrEqual(20)
})

describe.each(orders.map((order, index) => ({ name: order.name, order, seed: index + 1 })))(
  '$name',
  ({ order, seed }) => {
    const full = judge(order, order.evidence)

    test('is called what was done to it', () => {
      const { verdict, code, handoff, stage } = order.expected
      // A place that is not said may be anything.
      const place = { ...(handoff === null ? {} : { handoff }), ...(stage === null ? {} : { stage }) }
      const right = { verdict, code, state: 'final', ...place }
      expect(told(full)).toMatchObject(right)
      expect(told(follow(order, order.evidence, LOOK_EVERY_MS))).toMatchObject(right)
    })

    test('is judged the same in any order of arrival', () => {
      const random = createRandom(seed)
      const { facts, conditions, coverage } = order.evidence
      const shuffled = { facts: shuffle(facts, random), conditions, coverage: shuffle(coverage, random) }
      expect(judge(order, shuffled)).toEqual(full)
    })

    test('with anything taken away may become inconclusive, never wrong', { timeout: LIMIT_MS }, () => {
      const wrong: string[] = []
      const look = (cut: string, when: string, evaluation: Evaluation) => {
        if (evaluation.state === 'final' && isWrong(full, evaluation))
          wrong.push(`without ${cut}, ${when}: ${evaluation.verdict}: ${evaluation.reason}`)
      }
      for (const { name, of } of impairmentsOf()) {
        const evidence = of(order.evidence)
        look(name, 'at the end', judge(order, evidence))
        look(name, 'on the way', follow(order, evidence, LOOK_SELDOM_MS))
      }
      for (const { name, of } of lossesOf(order.evidence, ALL_CUTS ? ALL : SAMPLE, createRandom(seed * 7))) {
        const evidence = of(order.evidence)
        look(name, 'at the end', judge(order, evidence))
        // What was said when the live verdict was reached is final too.
        look(name, 'at the verdict', judge(order, knownAt(evidence, order.decidedAt), order.decidedAt))
      }
      expect(wrong).toEqual([])
    })
  },
)
