import { between, toMs } from '../src/shared/units.ts'
import { delay } from '../src/shared/wait.ts'
import type { Bench, Measurement } from './bench.ts'
import { playBroken } from './broken-order.ts'
import { type Figure, quantile } from './figure.ts'

/** A row nobody takes, a message nobody sends (twice), a calculation that does not end. */
const FAULTS = ['crm-reader-stops', 'crm-takes-without-publishing', 'price-not-published', 'price-never-ends'] as const
const AT_ONCE = 4
const TIMERS = 40
const TIMER_MS = 50

/** Orders that go silent, a few at once; for each, how long after its deadline the finding stood. */
export const silence: Measurement = {
  name: 'silence',
  what: 'deadline to finding where an order goes silent',
  measure: async (bench: Bench): Promise<readonly Figure[]> => {
    const session = await bench.session()
    const late: number[] = []
    let played = 0
    while (played < bench.orders) {
      bench.progress.live(`  orders ${played + 1} to ${Math.min(played + AT_ONCE, bench.orders)} of ${bench.orders}`)
      const round = FAULTS.slice(0, Math.min(AT_ONCE, bench.orders - played))
      for (const said of await Promise.all(round.map((fault) => playBroken(session, fault))))
        if (said?.dueAt != null) late.push(toMs(between(said.saidAt, said.dueAt)))
      played += round.length
    }
    const timers = await timerTicks(bench)
    const figure = (share: number, target: Figure['target']): Figure => ({
      name: `deadline to finding of a silence, p${share * 100}`,
      value: quantile(late, share),
      unit: 'ms',
      target,
      floor: quantile(timers, share),
      floorIs: `how late a timer of ${TIMER_MS} ms is in the same process`,
      note: `${late.length} of ${played} orders found at their places: ${FAULTS.join(', ')}`,
    })
    return [figure(0.5, null), figure(0.95, { atMost: 1_000 })]
  },
}

async function timerTicks({ signal }: Bench): Promise<readonly number[]> {
  const late: number[] = []
  for (let tick = 0; tick < TIMERS; tick++) {
    const began = performance.now()
    await delay(TIMER_MS, signal)
    late.push(performance.now() - began - TIMER_MS)
  }
  return late
}
