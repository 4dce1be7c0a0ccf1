import { createReadStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { findBrowserIfAny } from '../../src/app/browser.ts'
import { createPoller } from '../../src/app/follow/poller.ts'
import type { Watched } from '../../src/app/follow/watched.ts'
import { runOnce } from '../../src/app/run.ts'
import { type App, startApp } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { loadConfig, loadContract } from '../../src/config/load.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import { decodeLine } from '../../src/evidence/codec.ts'
import type { EvidenceRecord } from '../../src/evidence/evidence.ts'
import { between, milliseconds, toMs, type UnixNanos } from '../../src/shared/units.ts'
import { delay } from '../../src/shared/wait.ts'
import { type Expected, GOING_DOWN, type Play, SIDE_BY_SIDE, WHILE_DOWN } from './plays.ts'
import { ORDERS, type Recording, writeRecording } from './recording.ts'
import { createSlots } from './slots.ts'
import { askSteadily } from './steady-asking.ts'

/**
 * Records the orders of `plays.ts` on the reference order system, one file each: `npx node test/recorded/record.ts [folder [part of a play's name]]`.
 * An order goes on being watched after its verdict, past every deadline, because what is left when evidence is taken away is judged later.
 * `expected` is what was done to the order, never what the monitor said of it; where the two differ, the file goes to the folder `wrong`.
 */
const RECORDED_MS = 32_000
const AFTER_VERDICT_MS = 5_000
const PLAYED_AT_ONCE = 4
const WATCHED_AT_ONCE = 14
const STEADY_MS = 60
const STORIES = join(import.meta.dirname, 'stories')
const OWN_STORIES = new Set(['slow-seller', 'forgetful-operator', 'no-delivery'])

interface Taken {
  readonly play: Play
  readonly told: Recording
  readonly said: Evaluation
}

const folder = process.argv[2] ?? ORDERS
const scratch = mkdtempSync(join(tmpdir(), 'waybill-record-'))
const evidenceFile = join(scratch, 'evidence.jsonl')
const say = (sentence: string) => void process.stderr.write(`${sentence}\n`)
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error(signal)))

const loaded = await loadConfig('probes/waybill.config.ts')
const resolved = resolveSettings({}, readEnvironment({}), loaded)
if (resolved.statusApi === null) throw new Error('The configuration asks no status API.')
/** Many orders at once and little said of each at rest: files stay small. */
const pace = { ...resolved.statusApi, atRest: milliseconds(1_000), maxPerSecond: 60 }
const settings = { ...resolved, statusApi: pace }
const contract = await loadContract(loaded, undefined, 'fast')
const browser = await findBrowserIfAny(say)
const app = await startApp({
  settings,
  contract,
  saveEvidence: evidenceFile,
  onProgress: say,
  onTrouble: (error) => say(error.sentence()),
  signal: stopping.signal,
})
/** Asks on about orders whose verdict is final, as it would about an order that is still open. */
const poller = createPoller({
  askers: app.askers,
  pace: { quick: pace.moving, slowest: pace.atRest, maxPerSecond: pace.maxPerSecond },
  clock: app.clock,
  sink: app.follower,
})

const place = ({ findings }: Evaluation): string =>
  findings.map(({ code, handoff, stage }) => `${code} ${handoff ?? ''} ${stage ?? ''}`).join(', ')

const fits = (expected: Expected, { verdict, findings }: Evaluation): boolean => {
  const [first] = findings
  if (verdict !== expected.verdict || (first?.code ?? null) !== expected.code) return false
  if (expected.handoff !== null && first?.handoff !== expected.handoff) return false
  return expected.stage === null || first?.stage === expected.stage
}

const switchFor = async ({ fault, downFrom }: Play, watched: Watched) => {
  const faults = app.sandbox?.faults
  if (fault !== undefined) await faults?.set(fault, { kind: 'order', reference: watched.order.key })
  if (downFrom === undefined) return
  const stop = watched.onChange(({ evaluation: { journey } }) => {
    const reached = journey.stages.find(({ stage }) => stage === downFrom)?.state === 'reached'
    if (!reached) return
    stop()
    void faults?.set('mes-down', { kind: 'process' })
  })
}

/** Plays one order and watches it to the end of its recording; `onPlayed` is called once its verdict is there. */
const record = async (play: Play, onPlayed: () => void): Promise<Taken> => {
  const probeFolder = OWN_STORIES.has(play.probe) ? STORIES : settings.probesFolder
  let watched: Watched | undefined
  let told: { decidedAt: UnixNanos; now: UnixNanos; said: Evaluation } | undefined
  const lingering: App = {
    ...app,
    keep: async (documents) => {
      onPlayed()
      const standing = watched?.standing() ?? null
      if (watched === undefined || standing === null) throw new Error('The probe asked for no order.')
      poller.watch(watched)
      const goneMs = toMs(between(app.clock.now(), watched.order.enteredAt))
      await delay(Math.max(AFTER_VERDICT_MS, RECORDED_MS - goneMs))
      poller.unwatch(watched.order.key)
      told = { decidedAt: standing.decidedAt, now: app.clock.now(), said: standing.evaluation }
      await app.keep(documents)
    },
  }
  await runOnce(lingering, {
    probe: { name: play.probe, file: join(probeFolder, `${play.probe}.probe.ts`) },
    browser,
    until: play.until ?? null,
    signal: stopping.signal,
    onOrder: async (it) => {
      watched = it
      await switchFor(play, it)
    },
  })
  if (watched === undefined || told === undefined) throw new Error('The order was not followed to its end.')
  const { decidedAt, now, said } = told
  say(`${play.what}: ${said.verdict} ${place(said)}${fits(play.expected, said) ? '' : '   <-- NOT WHAT IT MUST BE'}`)
  return { play, said, told: { order: watched.order, contractPace: 'fast', expected: play.expected, decidedAt, now } }
}

/** Several at a time; two for which the same fault must be switched on go one after the other. */
const recordTogether = async (plays: readonly Play[]): Promise<readonly Taken[]> => {
  const playing = createSlots(PLAYED_AT_ONCE)
  const watching = createSlots(WATCHED_AT_ONCE)
  const switches = new Map(
    plays.flatMap(({ fault }) => (fault === undefined ? [] : [[fault, createSlots(1)] as const])),
  )
  return Promise.all(
    plays.map(async (play) => {
      const ownSwitch = switches.get(play.fault ?? '')
      await ownSwitch?.take()
      await watching.take()
      await playing.take()
      const taken = await record(play, () => {
        playing.give()
        ownSwitch?.give()
      })
      watching.give()
      return taken
    }),
  )
}

const mesIsBack = async () => {
  await app.sandbox?.faults.clear('mes-down')
  for (let tries = 0; tries < 100; tries++) {
    const answer = await fetch(new URL('/health', app.targets.mes)).catch(() => null)
    if (answer?.ok === true) return
    await delay(200)
  }
  throw new Error('The manufacturing system did not come back.')
}

const only = process.argv[3]
const wanted = ({ what }: Play) => only === undefined || what.includes(only)

const takeAll = async (): Promise<readonly Taken[]> => {
  const taken: Taken[] = [
    ...(await recordTogether(SIDE_BY_SIDE.filter((it) => wanted(it) && (browser !== null || it.probe !== 'shop-web')))),
  ]
  if (!WHILE_DOWN.some(wanted) && !GOING_DOWN.some(wanted)) return taken
  await app.sandbox?.faults.set('mes-down', { kind: 'process' })
  taken.push(...(await recordTogether(WHILE_DOWN.filter(wanted))))
  for (const play of GOING_DOWN.filter(wanted)) {
    await mesIsBack()
    taken.push(...(await recordTogether([play])))
  }
  return taken
}

const writeAll = async (taken: readonly Taken[]) => {
  mkdirSync(folder, { recursive: true })
  const runs = new Map<string | null, EvidenceRecord[]>()
  for await (const line of createInterface({ input: createReadStream(evidenceFile) })) {
    const { run, record: kept } = decodeLine(line)
    const records = runs.get(run)
    if (records === undefined) runs.set(run, [kept])
    else records.push(kept)
  }
  const counts = new Map<string, number>()
  for (const { play, told, said } of taken) {
    const count = (counts.get(play.what) ?? 0) + 1
    counts.set(play.what, count)
    const right = fits(play.expected, said)
    const target = right ? folder : join(folder, '..', 'wrong')
    mkdirSync(target, { recursive: true })
    writeRecording(target, `${play.what}-${String(count).padStart(2, '0')}`, told, runs.get(told.order.run) ?? [])
    if (!right) process.exitCode = 1
  }
}

try {
  const steady = askSteadily(
    app.askers.filter(({ name }) => name === 'status-api'),
    STEADY_MS,
  )
  const taken = await takeAll()
  steady.stop()
  poller.stop()
  await app.stop()
  await writeAll(taken)
} finally {
  poller.stop()
  await app.stop()
  rmSync(scratch, { recursive: true, force: true })
}
