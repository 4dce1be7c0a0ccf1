import { delay } from '../src/shared/wait.ts'
import type { Bench, Measurement } from './bench.ts'
import { type Figure, quantile } from './figure.ts'

const TIMERS_PER_ORDER = 20

/** Healthy orders one after the other through the real machinery; for each, how long after its last fact the verdict stood. */
export const verdictLatency: Measurement = {
  name: 'verdict',
  what: 'last fact seen to verdict',
  measure: async (bench) => {
    const { run } = await bench.session()
    const latencies: number[] = []
    const timers: number[] = []
    let passed = 0
    for (let order = 1; order <= bench.orders; order++) {
      bench.progress.live(`  order ${order} of ${bench.orders}`)
      const { documents } = await run('shop-api', { browser: null, until: null })
      for (const { verdict, lastFactSeenAt, decidedAt } of documents) {
        if (verdict === 'passed') passed++
        if (lastFactSeenAt !== null) latencies.push(Date.parse(decidedAt) - Date.parse(lastFactSeenAt))
      }
      timers.push(...(await timerTicks(bench)))
    }
    const figure = (share: number, atMost: number): Figure => ({
      name: `last fact seen to verdict, p${share * 100}`,
      value: quantile(latencies, share),
      unit: 'ms',
      target: { atMost },
      floor: quantile(timers, share),
      floorIs: 'a timer of 1 ms in the same process',
      note: `${latencies.length} shop-api orders, ${passed} passed`,
    })
    return [figure(0.5, 500), figure(0.95, 1000)]
  },
}

/** What this process needs at least to do anything later, with the order system beside it. */
async function timerTicks({ signal }: Bench): Promise<readonly number[]> {
  const ticks: number[] = []
  for (let tick = 0; tick < TIMERS_PER_ORDER; tick++) {
    const began = performance.now()
    await delay(1, signal)
    ticks.push(performance.now() - began)
  }
  return ticks
}
