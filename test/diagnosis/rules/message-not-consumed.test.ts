import { describe, expect, test } from 'vitest'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import type { Fact, StatusAnswered } from '../../../src/evidence/fact.ts'
import { fromMs, plus } from '../../../src/shared/units.ts'
import { followWorld } from '../../support/follow-world.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { at, createWorld, type World } from '../../support/world.ts'

const contract = jewelryToldBriefly('fast')

/** MES is down, and its status API refuses from the first question to the last. */
const down = createWorld({ seed: 2, trouble: 'receiver down' })

/** The rows of a database that nobody writes: MES knows no such order. */
const rows: readonly StatusAnswered[] = Array.from({ length: 60 }, (_, i) => ({
  id: `row:${i}`,
  source: 'postgres',
  kind: 'status-answered',
  system: 'mes',
  status: null,
  history: null,
  poll: null,
  at: { clock: 'monitor', earliest: at(i * 500 + 40), latest: at(i * 500 + 42) },
  seenAt: at(i * 500 + 42),
  keys: [{ kind: 'order', value: 'a7f3-21' }],
}))

const isRefusal = ({ kind }: Fact): boolean => kind === 'status-unavailable'

/** The world with rows beside it, told in this order; each fact comes in so much later. */
function withRows(
  arrange: (facts: readonly Fact[]) => readonly Fact[],
  lateMs: (fact: Fact) => number = () => 0,
): World {
  const facts = arrange([...down.evidence.facts, ...rows]).map((fact) => ({
    ...fact,
    seenAt: plus(fact.seenAt, fromMs(lateMs(fact))),
  }))
  const evidence = { ...down.evidence, facts }
  return {
    ...down,
    evidence,
    knownAt: (ms) => ({
      now: at(ms),
      evidence: {
        facts: facts.filter(({ seenAt }) => seenAt <= at(ms)),
        conditions: [],
        coverage: evidence.coverage.filter(({ seenAt }) => seenAt <= at(ms)),
      },
    }),
  }
}

describe('a receiver that refuses throughout, whose row tells that the news has not come,', () => {
  test.each([
    { how: 'as both come in', world: withRows((facts) => facts) },
    { how: 'with the rows told first', world: withRows((facts) => facts.toReversed()) },
    {
      how: 'with refusals that come in after the rows',
      world: withRows(
        (facts) => facts,
        (fact) => (isRefusal(fact) ? 400 : 0),
      ),
    },
    {
      how: 'with rows that come in after the refusals',
      world: withRows(
        (facts) => facts,
        (fact) => (isRefusal(fact) ? 0 : 400),
      ),
    },
  ])('has not taken its message, $how', ({ world }) => {
    const { evidence, order, endsAtMs } = world
    for (const { verdict, findings } of [
      followWorld(contract, world, 250),
      evaluate(contract, order, evidence, at(endsAtMs)),
    ]) {
      expect(verdict).toBe('broken')
      expect(findings.map(({ code, handoff, stage }) => [code, handoff, stage])).toEqual([
        ['message-not-consumed', 'H5', 'PRICE_CALCULATED'],
      ])
      expect(findings[0]?.message).toContain('nobody has taken it: mes is not running')
    }
  })
})

test('a receiver of which only the row is known may have lost the message as well', () => {
  const world = withRows((facts) => facts.filter((fact) => !isRefusal(fact)))
  const { findings, unchecked } = followWorld(contract, world, 250)
  expect(findings.map(({ code }) => code)).toEqual(['stage-overdue'])
  expect(unchecked).toContainEqual(expect.objectContaining({ code: 'message-not-consumed', handoff: 'H5' }))
})
