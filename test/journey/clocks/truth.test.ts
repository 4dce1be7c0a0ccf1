import { describe, expect, test } from 'vitest'
import { jewelry } from '../../../probes/jewelry.contract.ts'
import { assemble } from '../../../src/journey/assemble.ts'
import { endOf, startOf } from '../../../src/journey/crossings/crossing.ts'
import { toMs } from '../../../src/shared/units.ts'
import { createRandom } from '../../support/world.ts'
import { at, type ClockBehaviour, createFleet, ORDER, shows } from './fleet.ts'

const contract = jewelry('fast')
const WORLDS = 30

/** Offsets as clocks in life have them: right but for a little, or badly set; each drifts in its own way. */
const offClocks = (seed: number, step?: ClockBehaviour['step']): Readonly<Record<string, ClockBehaviour>> => {
  const random = createRandom(seed * 31)
  const offset = () => [random() * 2 - 1, -50, -90_000, 120_000, 7_000][Math.floor(random() * 5)] ?? 0
  const drift = () => (random() * 2 - 1) * 60
  return {
    shop: { offsetMs: offset(), driftPpm: drift() },
    crm: { offsetMs: offset(), driftPpm: drift(), ...(step === undefined ? {} : { step }) },
    mes: { offsetMs: offset(), driftPpm: drift() },
  }
}

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN

/** Widths and hits of every clock looked at now and then, and of every message's latency, over many worlds. */
function measure(lightEveryMs: number | null, stepMs?: number) {
  const widths: number[] = []
  const latencyErrors: number[] = []
  const latencyWidths: number[] = []
  const momentWidths: number[] = []
  let clocksInside = 0
  let latenciesInside = 0
  for (let seed = 1; seed <= WORLDS; seed++) {
    const forMs = 8_000
    const clocks = offClocks(seed, stepMs === undefined ? undefined : { atMs: 4_000, byMs: stepMs })
    const { evidence, messages } = createFleet({ seed, clocks, forMs, lightEveryMs })
    const { view } = assemble(contract, ORDER, evidence)
    for (const [instance, clock] of Object.entries(clocks)) {
      for (let ms = 500; ms < forMs; ms += 500) {
        // Around a step both readings are possible, and the interval rightly holds both.
        if (stepMs !== undefined && Math.abs(ms - 4_000) < 400) continue
        const told = view.clocks.onInstance(instance, at(ms))
        if (told === null) throw new Error(`${instance} is not known`)
        const truth = at(shows(clock, ms))
        widths.push(Number(told.latest - told.earliest) / 1e6)
        if (told.earliest <= truth && truth <= told.latest) clocksInside += 1
      }
    }
    for (const { publish, deliver, publishedMs, deliveredMs } of messages) {
      if (stepMs !== undefined && Math.abs(publishedMs - 4_000) < 400) continue
      const [from, to] = [view.tree.find(publish), view.tree.find(deliver)]
      if (from === undefined || to === undefined) throw new Error('a message was not seen')
      const { least, most } = view.clocks.elapsed(startOf(from), startOf(to))
      const truth = deliveredMs - publishedMs
      const best = Number(view.clocks.moment(startOf(to)).best - view.clocks.moment(startOf(from)).best) / 1e6
      const moment = view.clocks.moment(startOf(to))
      momentWidths.push(Number(moment.latest - moment.earliest) / 1e6)
      latencyErrors.push(Math.abs(best - truth))
      latencyWidths.push(toMs(most) - toMs(least))
      if (toMs(least) <= truth && truth <= toMs(most)) latenciesInside += 1
      expect(view.clocks.elapsed(startOf(from), endOf(from)).most - (from.span.end - from.span.start)).toBeLessThan(
        10_000n,
      )
    }
  }
  return {
    clocksInside: clocksInside / widths.length,
    medianWidth: quantile(widths, 0.5),
    latenciesInside: latenciesInside / latencyErrors.length,
    latencyErrorP95: quantile(latencyErrors, 0.95),
    momentWidthP95: quantile(momentWidths, 0.95),
    latencyPlusMinusP95: quantile(latencyWidths, 0.95) / 2,
  }
}

describe('clocks that are off by -90 s, -50 ms, +120 s, +7 s or next to nothing, and drift', () => {
  test('are known to a median width of 2 ms where a light route is asked, latencies to 2 ms in 95 of 100', () => {
    const told = measure(120)
    expect(told.clocksInside).toBeGreaterThanOrEqual(0.99)
    expect(told.medianWidth).toBeLessThanOrEqual(2)
    expect(told.latenciesInside).toBeGreaterThanOrEqual(0.99)
    expect(told.latencyErrorP95).toBeLessThanOrEqual(2)
    expect(told.momentWidthP95).toBeLessThanOrEqual(4.5)
    expect(told.latencyPlusMinusP95).toBeLessThanOrEqual(3.5)
  })

  test('are known less well by questions about statuses alone, and no less truly', () => {
    const told = measure(null)
    expect(told.clocksInside).toBeGreaterThanOrEqual(0.99)
    expect(told.medianWidth).toBeLessThanOrEqual(6)
    expect(told.latenciesInside).toBeGreaterThanOrEqual(0.99)
    expect(told.latencyErrorP95).toBeLessThanOrEqual(2)
  })

  test.each([7_000, -90_000, -50, 120_000])('are known on both sides of a step of %i ms', (stepMs) => {
    const told = measure(120, stepMs)
    expect(told.clocksInside).toBeGreaterThanOrEqual(0.99)
    expect(told.medianWidth).toBeLessThanOrEqual(2)
    expect(told.latenciesInside).toBeGreaterThanOrEqual(0.99)
    expect(told.latencyErrorP95).toBeLessThanOrEqual(2)
  })
})
