import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createPoller } from '../../src/app/follow/poller.ts'
import type { Watched } from '../../src/app/follow/watched.ts'
import type { App } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { loadConfig, loadContract } from '../../src/config/load.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import { createChance } from '../../src/drill/chance.ts'
import { type Cell, createCells } from '../../src/drill/house.ts'
import { inTurn } from '../../src/drill/lanes.ts'
import { playRow } from '../../src/drill/play-row.ts'
import { healthyRow } from '../../src/drill/rows.ts'
import type { EvidenceRecord } from '../../src/evidence/evidence.ts'
import { FAULTS } from '../../src/sandbox/launch.ts'
import { between, fromMs, milliseconds, minus, toMs } from '../../src/shared/units.ts'
import { delay } from '../../src/shared/wait.ts'
import { type Play, playsOf } from './plays.ts'
import { ORDERS, type Recording, writeRecording } from './recording.ts'
import { createSlots } from './slots.ts'
import { askSteadily } from './steady-asking.ts'
import { mistakeIn } from './truth.ts'

/**
 * Records the orders of `plays.ts` on the reference order system, with every witness but the pages, one file each:
 * `npx node test/recorded/record.ts [together|apart [folder [parts of plays' names, with commas]]]`.
 * An order goes on being watched after its verdict, past every deadline, because what is left when evidence is taken away is judged later.
 * `expected` is what was done to the order, never what the monitor said of it; where the two differ, the file goes to the folder `wrong`.
 */
const RECORDED_MS = 32_000
const AFTER_VERDICT_MS = 5_000
const PLAYED_AT_ONCE = 6
const WATCHED_AT_ONCE = 16
const CELLS = 3
const STEADY_MS = 100
const SEED = 1
/** What was said so long before the order was entered bears on it; what is older only makes files big. */
const BEFORE = fromMs(6_000)

const [part = 'all', folder = ORDERS, only = ''] = process.argv.slice(2)
const say = (sentence: string) => void process.stderr.write(`${sentence}\n`)
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error(signal)))
const { signal } = stopping

const loaded = await loadConfig('probes/waybill.config.ts')
const resolved = resolveSettings({}, readEnvironment({}), loaded)
if (resolved.statusApi === null) throw new Error('The configuration asks no status API.')
/** Many orders at once and little said of each at rest: files stay small. */
const pace = { ...resolved.statusApi, atRest: milliseconds(1_000), maxPerSecond: 60 }
const settings = { ...resolved, statusApi: pace }
const contract = await loadContract(loaded, undefined, 'fast')
const cells = createCells({ settings, contract, signal, onProgress: say, onTrouble: (error) => say(error.sentence()) })
const chance = createChance(SEED)
const counts = new Map<string, number>()

/** A cell whose monitor asks on about orders that have their verdict, as it would about an order that is still open. */
interface Room {
  readonly app: App
  readonly poller: ReturnType<typeof createPoller>
  close(): Promise<void>
}

const openRoom = async (): Promise<Room> => {
  const cell: Cell = await cells.open(null)
  const { app } = cell
  const steady = askSteadily(
    app.askers.filter(({ name }) => name === 'status-api'),
    STEADY_MS,
  )
  const poller = createPoller({
    askers: app.askers,
    pace: { quick: pace.moving, slowest: pace.atRest, maxPerSecond: pace.maxPerSecond },
    clock: app.clock,
    sink: app.follower,
  })
  // A monitor that has just started is slow with its first order.
  await playRow(app, healthyRow('first', 'customer'), { signal, browser: null })
  return {
    app,
    poller,
    close: async () => {
      steady.stop()
      poller.stop()
      await cell.close()
    },
  }
}

const keep = (play: Play, told: Recording, said: Evaluation, records: readonly EvidenceRecord[]) => {
  const mistake = mistakeIn(told, said)
  const count = (counts.get(play.what) ?? 0) + 1
  counts.set(play.what, count)
  const target = mistake === null ? folder : join(folder, '..', 'wrong')
  mkdirSync(target, { recursive: true })
  writeRecording(target, `${play.what}-${String(count).padStart(2, '0')}`, told, records)
  say(`${play.what}: ${said.verdict}, ${records.length} records${mistake === null ? '' : `   <-- ${mistake}`}`)
  if (mistake !== null) process.exitCode = 1
}

/** Plays one order and watches it to the end of its recording; `onPlayed` is called once its verdict is there. */
const record = async ({ app, poller }: Room, play: Play, onPlayed: () => void): Promise<void> => {
  let watched: Watched | undefined
  let told: { readonly told: Recording; readonly said: Evaluation } | undefined
  const lingering: App = {
    ...app,
    watch: async (order) => (watched = await app.watch(order)),
    keep: async (documents) => {
      onPlayed()
      const standing = watched?.standing() ?? null
      if (watched === undefined || standing === null) throw new Error('The story asked for no order.')
      const { order } = watched
      poller.watch(watched)
      await delay(Math.max(AFTER_VERDICT_MS, RECORDED_MS - toMs(between(app.clock.now(), order.enteredAt))), signal)
      poller.unwatch(order.key)
      const { decidedAt, evaluation: said } = standing
      told = { told: { order, contractPace: 'fast', expected: play.expected, decidedAt, now: app.clock.now() }, said }
      await app.keep(documents)
    },
  }
  const pause = play.slowMs === 0 ? {} : { pause: () => delay(chance.below(play.slowMs)) }
  await playRow(lingering, play.row, { signal, browser: null, ...pause })
  if (told === undefined) throw new Error('The order was not followed to its end.')
  const { now, order } = told.told
  const begin = minus(order.enteredAt, BEFORE)
  const records: EvidenceRecord[] = []
  for await (const it of app.books.log.read(order.run)) {
    const at = it.type === 'condition' ? it.record.to : it.record.seenAt
    if (at >= begin && at <= now) records.push(it)
  }
  keep(play, told.told, told.said, records)
}

/** Several at a time: what is broken is broken for one of them only. */
const recordTogether = async (plays: readonly Play[]): Promise<void> => {
  if (plays.length === 0) return
  const room = await openRoom()
  const playing = createSlots(PLAYED_AT_ONCE)
  try {
    await inTurn(plays, WATCHED_AT_ONCE, signal, async (play) => {
      await playing.take()
      await record(room, play, () => playing.give())
    })
  } finally {
    await room.close()
  }
}

/** What breaks a process or the broker, one order at a time in a cell of its own. */
const recordApart = async (plays: readonly Play[]): Promise<void> => {
  await inTurn(plays, CELLS, signal, async (play) => {
    const room = await openRoom()
    try {
      await record(room, play, () => {})
    } finally {
      await room.close()
    }
  })
}

const isAlone = ({ row: { scope } }: Play): boolean => scope === 'process' || scope === 'broker'
const plays = playsOf(FAULTS).filter(({ what }) => only.split(',').some((name) => what.includes(name)))
try {
  if (part !== 'apart') await recordTogether(plays.filter((play) => !isAlone(play)))
  if (part !== 'together') await recordApart(plays.filter(isAlone))
} finally {
  await cells.close()
}
