import type { Watched } from '../src/app/follow/watched.ts'
import { playStory } from '../src/drill/player.ts'
import { STORIES } from '../src/drill/stories.ts'
import { assemble } from '../src/journey/assemble.ts'
import type { Point } from '../src/journey/clocks/solve.ts'
import { WaybillError } from '../src/shared/errors.ts'
import { delay } from '../src/shared/wait.ts'
import type { Bench, Measurement } from './bench.ts'
import { AT_ONCE } from './broken-order.ts'
import { type Figure, quantile } from './figure.ts'
import { prepareBench, type Session, startSession } from './session.ts'

/** By `service.name`, how far each clock is put off by the fault of that name. */
const OFFSETS: Readonly<Record<string, { readonly fault: string; readonly ms: number }>> = {
  'mes-api': { fault: 'mes-clock-behind', ms: -90_000 },
  'shop-api': { fault: 'shop-clock-slightly-behind', ms: -50 },
  'crm-api': { fault: 'crm-clock-ahead', ms: 120_000 },
}
/** What was told under the other clocks is forgotten by then: a clock that is set counts as a step for so long. */
const SETTLE_MS = 3_000

/** One hop told, beside what truly passed between the same two marks. */
interface Compared {
  readonly errorMs: number
  readonly isInside: boolean
}

/** The same orders with clocks that are right and with clocks that are far off; each hop beside the true time between its marks. */
export const hopLatency: Measurement = {
  name: 'hops',
  what: 'hop latency against injected truth',
  measure: async (bench: Bench): Promise<readonly Figure[]> => {
    const session = await startSession(await prepareBench('fast'), bench.progress, bench.signal)
    try {
      const right = await compareOrders(bench, session, () => 0)
      await setClocks(session, true)
      await delay(SETTLE_MS, bench.signal)
      const off = await compareOrders(bench, session, (service) => OFFSETS[service]?.ms ?? 0)
      await setClocks(session, false)
      return figuresOf(bench, off, right)
    } finally {
      await session.app.stop()
    }
  },
}

async function setClocks({ app }: Session, off: boolean): Promise<void> {
  const { sandbox } = app
  if (sandbox === null) throw new WaybillError({ code: 'internal', message: 'The bench needs the sandbox.' })
  for (const { fault } of Object.values(OFFSETS))
    await (off ? sandbox.faults.set(fault, { kind: 'process' }) : sandbox.faults.clear(fault))
}

async function compareOrders(
  bench: Bench,
  session: Session,
  offsetMs: (service: string) => number,
): Promise<readonly Compared[]> {
  const compared: Compared[] = []
  for (let order = 1; order <= bench.orders; order++) {
    bench.progress.live(`  order ${order} of ${bench.orders}`)
    const orders: Watched[] = []
    await session.run('shop-api', {
      browser: null,
      until: null,
      onOrder: (watched) => void orders.push(watched),
      play: (settings, folder) => playStory(STORIES.customer, AT_ONCE, 'bench', settings, folder),
    })
    for (const watched of orders) compared.push(...compareHops(session, watched, offsetMs))
  }
  return compared
}

/** Each hand-off that was told, beside the difference of its own two marks with the known offsets taken off. */
function compareHops({ app }: Session, watched: Watched, offsetMs: (service: string) => number): readonly Compared[] {
  const { path, chain } = assemble(app.contract, watched.order, {
    facts: watched.facts(),
    conditions: [],
    coverage: [],
  })
  return path.flatMap((found) => {
    if (!('crossing' in found)) return []
    const { started, ended } = found.crossing
    const hop = chain.hops.find(({ id }) => id === found.step.id)
    const [from, to] = [trueMs(started, offsetMs), trueMs(ended, offsetMs)]
    if (hop === undefined || hop.latency === null || hop.plusMinus === null || from === null || to === null) return []
    const errorMs = Math.abs(Number(hop.latency) / 1e6 - (to - from))
    return [{ errorMs, isInside: errorMs <= Number(hop.plusMinus) / 1e6 }]
  })
}

/** True time in milliseconds; null for a mark that is an interval by nature (a poll), which has no truth to compare with. */
function trueMs(point: Point | null, offsetMs: (service: string) => number): number | null {
  if (point === null || point.earliest !== point.latest) return null
  return Number(point.earliest) / 1e6 - offsetMs(point.clock.split('/')[0] ?? '')
}

function figuresOf({ orders }: Bench, off: readonly Compared[], right: readonly Compared[]): readonly Figure[] {
  const errors = (all: readonly Compared[]) => all.map(({ errorMs }) => errorMs)
  const inside = (all: readonly Compared[]) => (100 * all.filter(({ isInside }) => isInside).length) / all.length
  const common = {
    floorIs: 'the same orders with clocks that are right',
    note: `${off.length} hops of ${orders} orders; clocks at -90 s, -50 ms and +120 s`,
  } as const
  return [
    {
      ...common,
      name: 'hop latency, error against injected truth, p95',
      value: quantile(errors(off), 0.95),
      unit: 'ms',
      target: { atMost: 2 },
      floor: quantile(errors(right), 0.95),
    },
    {
      ...common,
      name: 'hops whose true latency lies inside the stated ±',
      value: inside(off),
      unit: '%',
      target: { atLeast: 99 },
      floor: inside(right),
    },
  ]
}
