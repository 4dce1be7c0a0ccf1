import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { type ChannelModel, connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Sandbox, startSandbox } from '../../src/app/sandbox-process.ts'
import { type App, startApp } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { loadConfig, loadContract } from '../../src/config/load.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import { decodeRecord } from '../../src/evidence/codec.ts'
import type { EvidenceRecord } from '../../src/evidence/evidence.ts'
import type { SourceHealth } from '../../src/evidence/ports.ts'
import { TAP_WAITING } from '../../src/evidence/rabbitmq/settings.ts'
import type { VerdictDocument } from '../../src/report/verdict-schema.ts'
import { waitUntil } from '../embedded/wait-until.ts'
import { type Published, startCrowd } from './crowd.ts'
import { playCustomer } from './play-customer.ts'
import { type SpanRelay, startRelay } from './span-relay.ts'

/** A million messages take the broker half a minute or more; this many are as much out of proportion. */
const IN_QUEUE = process.env.WAYBILL_TROUBLE === 'all' ? 1_000_000 : 100_000
const PUBLISHERS = 2
const FLOOD_MS = process.env.WAYBILL_TROUBLE === 'all' ? 30_000 : 4_000
/** What the monitor's process may grow by while it is flooded, in MB. */
const MOST_GROWTH_MB = 400
const CROWDED = 'orders.dead'
const LIMIT_MS = 90_000

const folder = mkdtempSync(join(tmpdir(), 'waybill-trouble-'))
const evidenceFile = join(folder, 'evidence.jsonl')
const never = new AbortController().signal
let relay: SpanRelay
let sandbox: Sandbox
let app: App
let broker: ChannelModel

const depth = async (queue: string): Promise<number> => {
  const channel = await broker.createChannel()
  const { messageCount } = await channel.checkQueue(queue)
  await channel.close()
  return messageCount
}

beforeAll(async () => {
  relay = await startRelay()
  sandbox = await startSandbox({ speed: 'fast', otlp: { url: relay.url, token: null } })
  broker = await connect(sandbox.ready.amqp)
  const to = { url: sandbox.ready.amqp, exchange: '', key: CROWDED, count: IN_QUEUE / PUBLISHERS }
  await (await startCrowd(PUBLISHERS, to)).done
  const loaded = await loadConfig('probes/waybill.config.ts')
  app = await startApp({
    settings: resolveSettings({}, readEnvironment({}), loaded),
    contract: await loadContract(loaded, undefined, 'fast'),
    saveEvidence: evidenceFile,
    onProgress: () => {},
    onTrouble: () => {},
    signal: never,
    bringUp: async ({ otlp }) => {
      relay.add(otlp?.url ?? '')
      return { ...sandbox, stop: () => Promise.resolve() }
    },
  })
}, 240_000)

afterAll(async () => {
  await app?.stop()
  await broker?.close()
  await sandbox?.stop()
  await relay?.stop()
  rmSync(folder, { recursive: true, force: true })
}, 60_000)

const play = (
  fault: string | null = null,
  pause: (stage: string) => Promise<void> = () => Promise.resolve(),
): Promise<VerdictDocument> => playCustomer(app, sandbox, fault, pause)

const recorded = async (): Promise<readonly EvidenceRecord[]> => {
  const records: EvidenceRecord[] = []
  for await (const line of createInterface({ input: createReadStream(evidenceFile) })) records.push(decodeRecord(line))
  return records
}

const rabbitmq = (): SourceHealth | undefined => app.health().find(({ name }) => name === 'rabbitmq')

const show = (what: unknown) => {
  if (process.env.WAYBILL_TROUBLE_SHOW !== undefined) process.stderr.write(`${JSON.stringify(what)}\n`)
}

const brief = ({ verdict, reason, findings }: VerdictDocument) => ({
  verdict,
  reason,
  findings: findings.map(({ code, handoff, stage }) => `${code} at ${handoff ?? stage}`),
})

describe('a queue of the contract with a crowd of messages of others', () => {
  it('is told as deep as it is, keeps every message, and makes nothing of ours broken that is not', {
    timeout: LIMIT_MS,
  }, async () => {
    const [healthy, broken] = await Promise.all([play(), play('mes-rejects')])
    expect(brief(healthy)).toMatchObject({ verdict: 'passed', findings: [] })
    expect(brief(broken)).toMatchObject({ verdict: 'broken', findings: ['message-dead-lettered at H5'] })
    // One more: the message of the order that broke.
    expect(await depth(CROWDED)).toBe(IN_QUEUE + 1)
    const depths = (await recorded()).flatMap((it) =>
      it.type === 'condition' && it.record.kind === 'queue-state' && it.record.subject === CROWDED
        ? [it.record.ready]
        : [],
    )
    expect(Math.max(...depths.map(Number))).toBeGreaterThanOrEqual(IN_QUEUE)
  })
})

describe('a flood of messages of others through an exchange of ours', () => {
  let flood: Published
  let growthMb = 0
  let during: VerdictDocument
  let tap: SourceHealth | undefined
  beforeAll(async () => {
    const channel = await broker.createChannel()
    await channel.assertQueue('crowd', { maxLength: 100 })
    await channel.bindQueue('crowd', 'orders', 'crowd.passes')
    const before = process.memoryUsage.rss()
    const sampling = setInterval(() => {
      growthMb = Math.max(growthMb, (process.memoryUsage.rss() - before) / 2 ** 20)
    }, 50)
    const to = { url: sandbox.ready.amqp, exchange: 'orders', key: 'crowd.passes', count: Number.POSITIVE_INFINITY }
    const crowd = await startCrowd(PUBLISHERS, to)
    const ending = setTimeout(crowd.end, FLOOD_MS)
    // Half of the order's life is in the flood, and it is followed until the flood is over.
    during = await play(null, async (stage) => {
      if (stage === 'MANUFACTURING_STARTED') await crowd.done
    })
    flood = await crowd.done
    tap = rabbitmq()
    clearTimeout(ending)
    clearInterval(sampling)
  }, LIMIT_MS)

  it('breaks no order that is followed meanwhile', () => {
    expect(flood.published).toBeGreaterThan(5_000)
    expect(['passed', 'inconclusive']).toContain(during.verdict)
    expect(during.findings.filter(({ severity }) => severity === 'broken')).toEqual([])
    expect(during.findings.map(({ code }) => code)).not.toContain('probe-failed')
  })

  it('leaves the memory of the monitor bounded, and has what did not fit counted', () => {
    expect(growthMb).toBeLessThan(MOST_GROWTH_MB)
    // A machine too slow for a flood that does not fit has nothing to count.
    expect(tap?.dropped).toBeGreaterThanOrEqual(flood.published > 2 * TAP_WAITING.max ? 1 : 0)
  })

  it('leaves a hole in what the tap vouches for exactly where its own queue had no room', async () => {
    const holes = (await recorded()).filter(
      (it) => it.type === 'coverage' && it.record.source === 'rabbitmq' && it.record.dropped > 0,
    )
    show({ flood, growthMb, tap, holes: holes.length, during: brief(during) })
    expect(/pushed out of our queue/.test(tap?.detail ?? '')).toBe(holes.length > 0)
  })

  it('is over when it is over: the tap catches up, and the next order passes with nothing to be said', {
    timeout: LIMIT_MS,
  }, async () => {
    await waitUntil('The tap is well again', () => rabbitmq()?.state === 'healthy', 30_000)
    expect(brief(await play())).toMatchObject({ verdict: 'passed', findings: [] })
  })
})
