import { newOrderKey, newRunId } from '../src/app/order-names.ts'
import type { App } from '../src/app/start.ts'
import { MONITOR_CLOCK } from '../src/evidence/fact.ts'
import { WaybillError } from '../src/shared/errors.ts'
import { delay } from '../src/shared/wait.ts'
import type { Bench, Measurement } from './bench.ts'
import type { Figure } from './figure.ts'
import { type OrderByHand, placeByHand } from './order-by-hand.ts'
import { prepareBench, startSession } from './session.ts'
import { openSpendingMeter, type SpendingMeter, type Spent } from './systems-cost.ts'

const TURNS = 2
const MOVE_EVERY_MS = 1800
const SETTLE_MS = 4000

/**
 * What watching costs the watched: the same two orders, one at rest before its approval and one that moves all the time, with
 * the monitor following them and without, turn by turn. The systems send their spans in both cases.
 */
export const costOfWatching: Measurement = {
  name: 'watching',
  what: 'what watching costs the watched systems',
  measure: async (bench) => {
    // At the realistic pace no deadline ends the watching of the order at rest.
    const { app } = await startSession(await prepareBench('realistic'), bench.progress, bench.signal)
    try {
      return await measureTurns(bench, app)
    } finally {
      await app.stop()
    }
  },
}

interface Total {
  readonly seconds: number
  readonly spent: Spent
}

async function measureTurns(bench: Bench, app: App): Promise<readonly Figure[]> {
  if (app.sandbox === null) throw new WaybillError({ code: 'internal', message: 'The bench needs the sandbox.' })
  const meter = await openSpendingMeter(app.sandbox.ready)
  try {
    const run = newRunId('bench', new Date())
    await app.books.beginRun(run, 'bench')
    // The first orders pay for what is compiled and connected once.
    await spendTurn(bench, app, meter, null)
    const without: Total[] = []
    const watched: Total[] = []
    const asked = questions(app)
    for (let turn = 1; turn <= TURNS; turn++) {
      bench.progress.live(`  turn ${turn} of ${TURNS}`)
      without.push(await spendTurn(bench, app, meter, null))
      watched.push(await spendTurn(bench, app, meter, run))
    }
    return figuresOf(without, watched, questions(app) - asked)
  } finally {
    await meter.close()
  }
}

const questions = (app: App): number => app.health().find(({ name }) => name === 'status-api')?.told ?? 0

/** One order at rest, one moved step by step through its life; what the systems spend meanwhile. */
async function spendTurn(bench: Bench, app: App, meter: SpendingMeter, run: string | null): Promise<Total> {
  const { signal } = bench
  const resting = await place(app, run, signal)
  for (const move of resting.moves.slice(0, 2)) await move()
  await delay(SETTLE_MS, signal)
  const before = await meter.read()
  const began = performance.now()
  const moving = await place(app, run, signal)
  for (const move of moving.moves) {
    await delay(MOVE_EVERY_MS, signal)
    await move()
  }
  await delay(MOVE_EVERY_MS, signal)
  const after = await meter.read()
  const seconds = (performance.now() - began) / 1000
  for (const { reference } of [resting, moving]) app.follower.unwatch(reference)
  return {
    seconds,
    spent: {
      cpuSeconds: after.cpuSeconds - before.cpuSeconds,
      transactions: after.transactions - before.transactions,
    },
  }
}

/** Places an order, which is followed from then on when there is a run to follow it in. */
async function place(app: App, run: string | null, signal: AbortSignal): Promise<OrderByHand> {
  if (app.sandbox === null) throw new WaybillError({ code: 'internal', message: 'The bench needs the sandbox.' })
  const key = newOrderKey()
  if (run !== null) {
    await app.watch({
      key,
      flow: 'customer',
      probe: 'bench',
      run,
      until: null,
      enteredAt: app.clock.now(),
      placeWithinMs: app.settings.placeWithin,
    })
  }
  const order = await placeByHand(app.sandbox.ready, key, signal)
  if (run !== null) tellPlaced(app, order)
  return order
}

const tellPlaced = (app: App, { id, reference }: OrderByHand): void => {
  const now = app.clock.now()
  app.follower.fact({
    id: `probe:${reference}:placed`,
    source: 'probe',
    kind: 'order-placed',
    at: { clock: MONITOR_CLOCK, earliest: now, latest: now },
    seenAt: now,
    keys: [
      { kind: 'reference', value: reference },
      { kind: 'order', value: id },
    ],
    orderId: id,
  })
}

function figuresOf(without: readonly Total[], watched: readonly Total[], asked: number): readonly Figure[] {
  const rate = (totals: readonly Total[], of: (spent: Spent) => number): number =>
    totals.reduce((sum, { spent }) => sum + of(spent), 0) / totals.reduce((sum, { seconds }) => sum + seconds, 0)
  const cpu = ({ cpuSeconds }: Spent): number => cpuSeconds * 60
  const transactions = (spent: Spent): number => spent.transactions
  const common = { target: null, floorIs: 'the same two orders, not watched' } as const
  const seconds = Math.round(watched.reduce((sum, total) => sum + total.seconds, 0))
  return [
    {
      ...common,
      name: 'processor time of the watched services, watched',
      value: rate(watched, cpu),
      unit: 's/min',
      floor: rate(without, cpu),
      note: `one order at rest, one moving, ${seconds} s; ${asked} status questions`,
    },
    {
      ...common,
      name: 'transactions of the watched databases, watched',
      value: rate(watched, transactions),
      unit: 'tx/s',
      floor: rate(without, transactions),
      note: 'xact_commit of pg_stat_database; a status question is one',
    },
  ]
}
