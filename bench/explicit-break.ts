import { between, toMs } from '../src/shared/units.ts'
import type { Bench, Measurement } from './bench.ts'
import { playBroken, type Said } from './broken-order.ts'
import { type Figure, quantile } from './figure.ts'

/** A request refused, a message given up by the broker, work that failed for good. */
const FAULTS = ['shop-create-fails', 'mes-rejects', 'price-throws'] as const

/** Orders with a break that is told at once, one after the other; for each, how long after it happened the finding stood. */
export const explicitBreak: Measurement = {
  name: 'break',
  what: 'explicit break to finding',
  measure: async (bench: Bench): Promise<readonly Figure[]> => {
    const session = await bench.session()
    const said: Said[] = []
    for (let order = 0; order < bench.orders; order++) {
      bench.progress.live(`  order ${order + 1} of ${bench.orders}`)
      const found = await playBroken(session, FAULTS[order % FAULTS.length] ?? FAULTS[0])
      if (found !== null) said.push(found)
    }
    const toFinding = said.map(({ saidAt, happenedAt }) => toMs(between(saidAt, happenedAt)))
    const toProof = said.map(({ seenAt, happenedAt }) => toMs(between(seenAt, happenedAt)))
    const figure = (share: number, target: Figure['target']): Figure => ({
      name: `explicit break to finding, p${share * 100}`,
      value: quantile(toFinding, share),
      unit: 'ms',
      target,
      floor: quantile(toProof, share),
      floorIs: 'until the last of its proof had come here (the systems export every 200 ms)',
      note: `${said.length} of ${bench.orders} orders found at their places: ${FAULTS.join(', ')}`,
    })
    return [figure(0.5, null), figure(0.95, { atMost: 1_000 })]
  },
}
