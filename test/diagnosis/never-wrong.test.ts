import { expect, test } from 'vitest'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Coverage } from '../../src/evidence/coverage.ts'
import type { Fact } from '../../src/evidence/fact.ts'
import { followWorld } from '../support/follow-world.ts'
import { isWrong } from '../support/is-wrong.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { at, createRandom, createWorld, type Trouble, type World } from '../support/world.ts'

const contract = jewelryToldBriefly('fast')

const TROUBLES: readonly Trouble[] = [
  'none',
  'create fails',
  'create forgets',
  'submit forgets',
  'reader stops',
  'taken, not published',
  'receiver down',
  'receiver deaf',
  'work throws',
  'work throws once',
  'work hangs',
  'result not stored',
  'price news lost',
  'approval not stored',
  'context dropped',
  'operator forgets',
]

interface Cut {
  readonly name: string
  readonly fact: (fact: Fact) => boolean
  readonly coverage: (coverage: Coverage) => boolean
}

const always = () => true

/** Ways of taking something away from the evidence: batches, sources, one service's spans, one system's answers, single facts. */
function cutsOf(world: World, random: () => number): readonly Cut[] {
  const { facts, coverage } = world.evidence
  const own = facts.filter((fact) => fact.kind !== 'span-ended' || fact.span.attributes['order.id'] !== undefined)
  const picked = Array.from({ length: 8 }, () => own[Math.floor(random() * own.length)])
  return [
    ...coverage
      .filter(() => random() < 0.06)
      .map(
        ({ id }): Cut => ({
          name: `batch ${id}`,
          fact: (fact) => fact.kind !== 'span-ended' || fact.batch !== id,
          coverage: (record) => record.id !== id,
        }),
      ),
    ...['otlp', 'status-api', 'probe'].map(
      (source): Cut => ({
        name: `source ${source}`,
        fact: (fact) => fact.source !== source,
        coverage: (record) => record.source !== source,
      }),
    ),
    ...['shop-api', 'crm-api', 'mes-api'].map(
      (service): Cut => ({
        name: `spans of ${service}`,
        fact: (fact) => fact.kind !== 'span-ended' || fact.span.service !== service,
        coverage: (record) => record.service !== service,
      }),
    ),
    ...['shop', 'crm', 'mes'].map(
      (system): Cut => ({
        name: `answers of ${system}`,
        fact: (fact) => fact.source !== 'status-api' || !('system' in fact) || fact.system !== system,
        coverage: always,
      }),
    ),
    ...picked.map((gone): Cut => ({ name: `fact ${gone?.id}`, fact: (fact) => fact !== gone, coverage: always })),
  ]
}

test('with anything taken away from dozens of orders, healthy and broken, the verdict may become inconclusive but never wrong', {
  timeout: 240_000,
}, () => {
  const wrong: string[] = []
  for (const seed of [1, 2, 3]) {
    for (const trouble of TROUBLES) {
      const world = createWorld({
        seed: seed * 31,
        trouble,
        history: seed % 2 === 0,
        exportDelayMs: seed === 3 ? 3_000 : 0,
      })
      const full = followWorld(contract, world, 2_000)
      const random = createRandom(seed * 7 + TROUBLES.indexOf(trouble))
      for (const cut of cutsOf(world, random)) {
        const evidence = {
          facts: world.evidence.facts.filter(cut.fact),
          conditions: [],
          coverage: world.evidence.coverage.filter(cut.coverage),
        }
        const evaluation = evaluate(contract, world.order, evidence, at(world.endsAtMs))
        if (isWrong(full, evaluation))
          wrong.push(
            `${trouble} (seed ${seed}) without ${cut.name}: ${full.verdict} became ${evaluation.verdict}: ${evaluation.reason}`,
          )
      }
    }
  }
  expect(wrong).toEqual([])
})

test('the order of arrival changes nothing', () => {
  for (const trouble of TROUBLES) {
    const world = createWorld({ seed: 5, trouble })
    const random = createRandom(99)
    const shuffled = {
      facts: shuffle(world.evidence.facts, random),
      conditions: [],
      coverage: shuffle(world.evidence.coverage, random),
    }
    const now = at(world.endsAtMs)
    expect(evaluate(contract, world.order, shuffled, now), trouble).toEqual(
      evaluate(contract, world.order, world.evidence, now),
    )
  }
})

function shuffle<T>(items: readonly T[], random: () => number): readonly T[] {
  return items
    .map((item) => ({ item, place: random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item)
}
