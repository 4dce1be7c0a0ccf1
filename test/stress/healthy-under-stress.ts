import { createReadStream, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { runOnce } from '../../src/app/run.ts'
import { startSandbox } from '../../src/app/sandbox-process.ts'
import { type App, startApp } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { loadConfig, loadContract } from '../../src/config/load.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import { decodeLine } from '../../src/evidence/codec.ts'
import type { WatchedOrder } from '../../src/evidence/evidence.ts'
import type { VerdictDocument } from '../../src/report/verdict-schema.ts'
import { createReleaseStack } from '../../src/shared/release.ts'
import { HEALTHY } from '../recorded/plays.ts'
import { writeRecording } from '../recorded/recording.ts'
import { createSlots } from '../recorded/slots.ts'
import { delayExports } from './delayed-exports.ts'

/**
 * Healthy orders while every core is kept busy and every export arrives late: none may be called broken.
 * `npx node test/stress/healthy-under-stress.ts [--orders 50] [--at-once 5] [--delay-ms 3000] [--keep FOLDER]`; exits with 1 when one was.
 * `--keep` writes the evidence of every order that was not passed, in the form of `test/recorded`.
 */
const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '50' },
    'at-once': { type: 'string', default: '5' },
    'delay-ms': { type: 'string', default: '3000' },
    keep: { type: 'string' },
  },
})
const PROBES = ['shop-api', 'partner-api']
const say = (sentence: string) => void process.stderr.write(`${sentence}\n`)

interface Played {
  readonly document: VerdictDocument
  readonly order: WatchedOrder
  readonly endedAt: WatchedOrder['enteredAt']
}

/** Keeps one core busy; a thread of ours, so that it ends with us however we end. */
const burn = () => new Worker('for (;;);', { eval: true })

const playAll = async (app: App, signal: AbortSignal): Promise<readonly Played[]> => {
  const slots = createSlots(Number(values['at-once']))
  return Promise.all(
    Array.from({ length: Number(values.orders) }, async (_, i) => {
      const name = PROBES[i % PROBES.length] ?? ''
      await slots.take()
      try {
        let order: WatchedOrder | undefined
        const { documents } = await runOnce(app, {
          probe: { name, file: join(app.settings.probesFolder, `${name}.probe.ts`) },
          browser: null,
          until: null,
          signal,
          onOrder: (watched) => {
            order = watched.order
          },
        })
        const [document] = documents
        if (document === undefined || order === undefined) throw new Error('The run has no order.')
        say(
          `${String(i + 1).padStart(3)} ${name.padEnd(12)} ${document.verdict}  ${document.verdict === 'passed' ? '' : document.reason}`,
        )
        return { document, order, endedAt: app.clock.now() }
      } finally {
        slots.give()
      }
    }),
  )
}

const keepEvidence = async (folder: string, evidenceFile: string, played: readonly Played[]) => {
  mkdirSync(folder, { recursive: true })
  const lines = []
  for await (const line of createInterface({ input: createReadStream(evidenceFile) })) lines.push(decodeLine(line))
  for (const { order, endedAt, document } of played.filter((it) => it.document.verdict !== 'passed')) {
    const records = lines.flatMap(({ run, record }) => (run === order.run ? [record] : []))
    const told = { order, contractPace: 'fast', expected: HEALTHY, decidedAt: endedAt, now: endedAt } as const
    writeRecording(folder, `${document.verdict}-${order.key}`, told, records)
  }
}

const milliseconds = (from: string | null, to: string): number =>
  from === null ? 0 : Date.parse(to) - Date.parse(from)

const report = (played: readonly Played[], tookMs: number) => {
  const counts = Map.groupBy(played, ({ document }) => document.verdict)
  const latencies = played
    .map(({ document }) => milliseconds(document.lastFactSeenAt, document.decidedAt))
    .sort((a, b) => a - b)
  const journeys = played
    .map(({ document }) => milliseconds(document.placedAt, document.decidedAt))
    .sort((a, b) => a - b)
  const at = (sorted: readonly number[], share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? 0
  for (const word of ['passed', 'degraded', 'inconclusive', 'broken'] as const)
    process.stdout.write(`${word.padEnd(14)} ${counts.get(word)?.length ?? 0}\n`)
  process.stdout.write(`placed to verdict  p50 ${at(journeys, 0.5)} ms, p95 ${at(journeys, 0.95)} ms\n`)
  process.stdout.write(`last fact to verdict  p50 ${at(latencies, 0.5)} ms, p95 ${at(latencies, 0.95)} ms\n`)
  process.stdout.write(
    `${played.length} orders in ${Math.round(tookMs / 1000)} s, load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores, exports late by up to ${values['delay-ms']} ms\n`,
  )
  if (counts.has('broken')) process.exitCode = 1
}

const held = createReleaseStack(30_000)
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort(new Error(signal)))
try {
  const scratch = mkdtempSync(join(tmpdir(), 'waybill-stress-'))
  held.push('scratch folder', async () => rmSync(scratch, { recursive: true, force: true }))
  const evidenceFile = join(scratch, 'evidence.jsonl')
  const exports = await delayExports(Number(values['delay-ms']))
  held.push('forwarder', () => exports.stop())
  const otlp = { url: exports.url, token: null }
  const sandbox = await startSandbox({ speed: 'fast', otlp, onProgress: say, signal: stopping.signal })
  held.push('sandbox', () => sandbox.stop())
  const loaded = await loadConfig('probes/waybill.config.ts')
  const settings = resolveSettings({}, readEnvironment({}), loaded)
  const app = await startApp({
    settings,
    // The one that runs, whose exports take their time; one of the monitor's own would send them to it directly.
    bringUp: async () => sandbox,
    contract: await loadContract(loaded, undefined, 'fast'),
    ...(values.keep === undefined ? {} : { saveEvidence: evidenceFile }),
    onProgress: say,
    onTrouble: (error) => say(error.sentence()),
    signal: stopping.signal,
  })
  held.push('monitor', () => app.stop())
  if (app.otlp === null) throw new Error('The configuration receives no spans.')
  exports.forwardTo(app.otlp.http)
  const burners = Array.from({ length: availableParallelism() }, burn)
  held.push('burners', async () => {
    await Promise.all(burners.map((burner) => burner.terminate()))
  })
  const began = performance.now()
  const played = await playAll(app, stopping.signal)
  report(played, performance.now() - began)
  if (values.keep !== undefined) await keepEvidence(values.keep, evidenceFile, played)
} finally {
  await held.drain()
}
