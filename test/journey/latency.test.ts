import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Hop, Journey } from '../../src/journey/journey.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { at, createWorld, type World, type WorldOptions } from '../support/world.ts'

const contract = jewelryToldBriefly('fast')

function journeyOf(options: WorldOptions): { world: World; journey: Journey } {
  const world = createWorld(options)
  return { world, journey: evaluate(contract, world.order, world.evidence, at(world.endsAtMs)).journey }
}

const crossed = (
  journey: Journey,
): readonly (Hop & { latency: NonNullable<Hop['latency']>; plusMinus: NonNullable<Hop['plusMinus']> })[] =>
  journey.hops.flatMap((hop) =>
    hop.latency === null || hop.plusMinus === null ? [] : [{ ...hop, latency: hop.latency, plusMinus: hop.plusMinus }],
  )

describe('hop latency against the truth', () => {
  const clocks = [
    { how: 'all clocks right', offsetsMs: {} },
    { how: 'CRM seven seconds ahead', offsetsMs: { 'crm-api': 7_000 } },
    { how: 'three clocks off', offsetsMs: { 'shop-api': -90_000, 'crm-api': -50, 'mes-api': 120_000 } },
  ]
  test.each(clocks)('lies inside its ± with $how', ({ offsetsMs }) => {
    const misses: string[] = []
    for (let seed = 1; seed <= 20; seed++) {
      const { world, journey } = journeyOf({ seed, offsetsMs })
      for (const hop of crossed(journey)) {
        const truth = world.truth.get(hop.id)
        if (truth === undefined) continue
        const error = Math.abs(Number(hop.latency) / 1e6 - (truth.end - truth.start))
        if (error > Number(hop.plusMinus) / 1e6 + 1e-6)
          misses.push(`${hop.id} (seed ${seed}): off by ${error} ms, said ± ${Number(hop.plusMinus) / 1e6} ms`)
      }
    }
    expect(misses).toEqual([])
  })

  test('the ± of every hop between systems that are polled stays under 5 ms with the CRM seven seconds ahead', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { journey } = journeyOf({ seed, offsetsMs: { 'crm-api': 7_000 } })
      const wide = crossed(journey).filter(
        ({ from, to, id, plusMinus }) =>
          from !== 'carrier' && to !== 'carrier' && !id.startsWith('mes after SHIPPED') && Number(plusMinus) >= 5e6,
      )
      expect(wide.map(({ id, plusMinus }) => `${id} ± ${plusMinus}`)).toEqual([])
    }
  })
})

test('segments add up to their hop to the nanosecond, and hops to the time between the stages', () => {
  const { journey } = journeyOf({ seed: 3 })
  for (const hop of crossed(journey))
    expect(
      hop.segments.reduce((sum, { time }) => sum + time, 0n),
      hop.id,
    ).toBe(hop.latency)
  const chain = crossed(journey).filter(({ branch }) => !branch)
  const first = chain[0]?.startedAt
  const closed = journey.stages.at(-1)?.at
  expect(chain.reduce((sum, { latency }) => sum + latency, 0n)).toBe((closed?.best ?? 0n) - (first?.best ?? 0n))
})

test('with status APIs off every hop gets its latency and every stage is reached, from spans alone', () => {
  const { journey } = journeyOf({ seed: 4, statusApi: false })
  expect(journey.stages.map(({ state }) => state)).toEqual(Array.from({ length: 10 }, () => 'reached'))
  expect(journey.hops.filter(({ latency }) => latency === null).map(({ id }) => id)).toEqual([])
})

test('a system’s own work is told by whoever told where it began and ended', () => {
  const work = (options: Partial<WorldOptions>) =>
    journeyOf({ seed: 3, ...options }).journey.hops.filter(({ handoff }) => handoff === null)
  expect(work({ statusApi: false }).flatMap(({ witnesses }) => witnesses)).toContain('otlp')
  expect(work({ statusApi: false }).filter(({ witnesses }) => witnesses.length === 0)).toEqual([])
  expect(work({ spans: false }).filter(({ witnesses }) => witnesses.includes('otlp'))).toEqual([])
})
