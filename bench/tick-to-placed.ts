import { findBrowserIfAny } from '../src/app/browser.ts'
import type { Watched } from '../src/app/follow/watched.ts'
import type { Browser } from '../src/embedded/browser.ts'
import { WaybillError } from '../src/shared/errors.ts'
import { between, toMs } from '../src/shared/units.ts'
import type { Bench, Measurement } from './bench.ts'
import { timeEmptyTest } from './empty-test.ts'
import { type Figure, quantile } from './figure.ts'
import type { Session } from './session.ts'

/** From the call that a schedule's tick makes to the moment the probe learned the number of its order. */
export const tickToPlaced: Measurement = {
  name: 'placing',
  what: 'tick to order placed, by API and in the browser',
  measure: async (bench) => {
    const session = await bench.session()
    const browser = await findBrowserIfAny(bench.progress.say)
    const byApi = await measureWay(bench, session, 'shop-api', null, 1200)
    return browser === null ? byApi : [...byApi, ...(await measureWay(bench, session, 'shop-web', browser, 2000))]
  },
}

async function measureWay(
  bench: Bench,
  session: Session,
  probe: string,
  browser: Browser | null,
  atMost: number,
): Promise<readonly Figure[]> {
  const placed: number[] = []
  const floors: number[] = []
  for (let tick = 1; tick <= bench.ticks; tick++) {
    bench.progress.live(`  ${probe} ${tick} of ${bench.ticks}`)
    placed.push(await timeOrder(session, probe, browser))
    // In turn, so that both meet the same machine.
    floors.push(await timeEmptyTest(browser, bench.signal))
  }
  const way = browser === null ? 'by API' : 'in the browser'
  const figure = (name: string, share: number): Figure => ({
    name: `tick to order placed ${way}, ${name}`,
    value: quantile(placed, share),
    unit: 'ms',
    target: { atMost },
    floor: quantile(floors, share),
    floorIs:
      browser === null ? 'an empty `playwright test`, forked the same way' : 'a `playwright test` of an empty page',
    note: `${bench.ticks} ${probe} runs`,
  })
  return [figure('median', 0.5), figure('longest', 1)]
}

async function timeOrder({ app, run }: Session, probe: string, browser: Browser | null): Promise<number> {
  const orders: Watched[] = []
  const began = app.clock.now()
  const { outcome } = await run(probe, { browser, until: 'SUBMITTED', onOrder: (watched) => void orders.push(watched) })
  const placed = orders.flatMap((watched) => watched.facts()).find(({ kind }) => kind === 'order-placed')
  if (placed !== undefined) return toMs(between(placed.at.latest, began))
  throw new WaybillError({
    code: 'probe-broken',
    message: `${probe} placed no order: ${outcome.detail ?? outcome.outcome}.`,
  })
}
