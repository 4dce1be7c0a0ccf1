import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Watched } from '../../src/app/follow/watched.ts'
import { type RunResult, runOnce } from '../../src/app/run.ts'
import { type App, startApp } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { loadConfig, loadContract } from '../../src/config/load.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import { EXPECTATIONS } from '../../src/drill/expectations.ts'
import { decodeRecord } from '../../src/evidence/codec.ts'
import type { Evidence, EvidenceRecord } from '../../src/evidence/evidence.ts'
import { type VerdictDocument, verdictDocumentSchema } from '../../src/report/verdict-schema.ts'
import type { WaybillError } from '../../src/shared/errors.ts'

const LIMIT_MS = 60_000
const folder = mkdtempSync(join(tmpdir(), 'waybill-app-'))
const evidenceFile = join(folder, 'evidence.jsonl')
const troubles: WaybillError[] = []
let app: App

beforeAll(async () => {
  const loaded = await loadConfig('probes/waybill.config.ts')
  app = await startApp({
    settings: resolveSettings({}, readEnvironment({}), loaded),
    contract: await loadContract(loaded, undefined, 'fast'),
    saveEvidence: evidenceFile,
    onProgress: () => {},
    onTrouble: (error) => troubles.push(error),
    signal: new AbortController().signal,
  })
}, 120_000)

afterAll(async () => {
  await app.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Played {
  readonly result: RunResult
  readonly document: VerdictDocument
  readonly watched: Watched
}

const play = async (file: string, prepare: (watched: Watched) => Promise<void> | void = () => {}): Promise<Played> => {
  let watched: Watched | undefined
  const name = file.split('/').at(-1) ?? file
  const result = await runOnce(app, {
    probe: { name, file: join(process.cwd(), `${file}.probe.ts`) },
    browser: null,
    until: null,
    signal: new AbortController().signal,
    onOrder: async (it) => {
      watched = it
      await prepare(it)
    },
  })
  const [document] = result.documents
  if (document === undefined || watched === undefined) throw new Error('the run has no order')
  return { result, document, watched }
}

const recorded = async (): Promise<readonly EvidenceRecord[]> => {
  const records: EvidenceRecord[] = []
  for await (const line of createInterface({ input: createReadStream(evidenceFile) })) records.push(decodeRecord(line))
  return records
}

const asEvidence = (records: readonly EvidenceRecord[], watched: Watched): Evidence => {
  const mine = new Set(watched.facts().map((fact) => fact.id))
  return {
    facts: records.flatMap((it) => (it.type === 'fact' && mine.has(it.record.id) ? [it.record] : [])),
    coverage: records.flatMap((it) => (it.type === 'coverage' ? [it.record] : [])),
    conditions: records.flatMap((it) => (it.type === 'condition' ? [it.record] : [])),
  }
}

describe('an order that goes well', () => {
  let played: Played
  beforeAll(async () => {
    played = await play('probes/shop-api')
  }, LIMIT_MS)

  it('is passed, with all ten stages reached and told by spans', () => {
    const { document } = played
    expect(document).toMatchObject({ verdict: 'passed', findings: [] })
    expect(document.stages.map(({ state }) => state)).toEqual(Array(10).fill('reached'))
    expect(document.stages.filter(({ witnesses }) => !witnesses.includes('otlp'))).toEqual([])
  })

  it('gives a document that fits the published schema', () => {
    expect(verdictDocumentSchema.safeParse(played.document).error).toBeUndefined()
    expect(played.document.sources.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'otlp healthy',
      'rabbitmq healthy',
      'status-api healthy',
      'postgres healthy',
      'storage healthy',
      'page not-configured',
      'probe healthy',
    ])
  })

  it('has hops whose segments add up to their latency to the nanosecond', () => {
    const hops = played.watched.standing()?.evaluation.journey.hops ?? []
    const timed = hops.filter((hop) => hop.latency !== null)
    expect(timed.length).toBeGreaterThan(10)
    for (const { id, latency, segments } of timed) {
      const sum = segments.reduce((total, { time }) => total + time, 0n)
      expect({ id, sum }).toEqual({ id, sum: latency })
    }
  })

  it('is entered in the ledger, finished there, and its run keeps the document', async () => {
    const { document, result } = played
    expect((await app.books.find(result.run))?.document).toEqual(document)
    expect(troubles).toEqual([])
  })

  it('is judged the same from its recorded evidence', async () => {
    const { watched } = played
    const standing = watched.standing()
    if (standing === null) throw new Error('judged orders have a standing')
    const again = evaluate(app.contract, watched.order, asEvidence(await recorded(), watched), standing.decidedAt)
    expect([again.state, again.verdict, again.reason]).toEqual(['final', 'passed', standing.evaluation.reason])
  })
})

describe('an order', () => {
  it('of a partner, born in manufacturing, is followed through its own path', { timeout: LIMIT_MS }, async () => {
    const { document } = await play('probes/partner-api')
    expect(document).toMatchObject({ verdict: 'passed', findings: [] })
    expect(document.stages[0]).toMatchObject({ stage: 'SUBMITTED', system: 'mes', state: 'reached' })
  })

  it('whose price calculation throws is broken there, with the exception as proof', { timeout: LIMIT_MS }, async () => {
    const { document, result } = await play('probes/shop-api', ({ order }) =>
      app.sandbox?.faults.set('price-throws', { kind: 'order', reference: order.key }),
    )
    expect(document.verdict).toBe('broken')
    expect(document.findings[0]).toMatchObject({ code: 'processing-failed', stage: 'PRICE_CALCULATED' })
    expect(document.findings[0]?.evidence[0]?.what).toContain('RangeError')
    expect(result.outcome.outcome).toBe('order-stopped')
  })

  it('whose probe breaks by its own fault is the monitor’s trouble, not the order’s', {
    timeout: LIMIT_MS,
  }, async () => {
    const { document, result } = await play('test/app/stories/breaks')
    expect(result.outcome.outcome).toBe('broke')
    expect(document.verdict).toBe('inconclusive')
    expect(document.findings.map(({ code, class: kind }) => [code, kind])).toContainEqual(['probe-failed', 'monitor'])
    expect(document.stages.slice(0, 2).map(({ state }) => state)).toEqual(['reached', 'reached'])
  })

  it('whose probe is killed is told as such, and still has a verdict', { timeout: LIMIT_MS }, async () => {
    const { document, result } = await play('test/app/stories/dies')
    expect(result.outcome).toMatchObject({ outcome: 'killed', told: false })
    expect(document.verdict).toBe('inconclusive')
    expect(document.stages[0]?.state).toBe('reached')
  })

  it('that no probe ever asked for, because the probe cannot be read, is inconclusive', {
    timeout: LIMIT_MS,
  }, async () => {
    const { document } = await play('test/app/stories/never-asks')
    expect(document.verdict).toBe('inconclusive')
    expect(document.findings.map(({ code }) => code)).toEqual(['probe-failed'])
  })
})

describe('several orders at once, each with a fault of its own', () => {
  // One of each kind; `waybill drill` plays them all.
  const ofOrders = [
    'shop-create-fails',
    'shop-forgets',
    'crm-takes-without-publishing',
    'context-not-extracted',
    'price-throws',
    'price-not-stored',
  ]

  it('are each told what broke and where, and the healthy one among them passes', {
    timeout: 2 * LIMIT_MS,
  }, async () => {
    const healthy = play('probes/shop-api')
    const broken = ofOrders.map(async (name) => {
      const { document } = await play('probes/shop-api', ({ order }) =>
        app.sandbox?.faults.set(name, { kind: 'order', reference: order.key }),
      )
      return [name, document.findings.map(({ code, handoff, stage }) => ({ finding: code, at: handoff ?? stage }))]
    })
    expect(Object.fromEntries(await Promise.all(broken))).toEqual(
      Object.fromEntries(ofOrders.map((name) => [name, [EXPECTATIONS[name]]])),
    )
    expect((await healthy).document).toMatchObject({ verdict: 'passed', findings: [] })
  })

  it('with a whole system down, the link to it is named', { timeout: LIMIT_MS }, async () => {
    const { document } = await play('probes/shop-api', () => app.sandbox?.faults.set('mes-down', { kind: 'process' }))
    await app.sandbox?.faults.clear('mes-down')
    const { finding, at } = EXPECTATIONS['mes-down'] ?? {}
    expect(document.findings[0]).toMatchObject({ code: finding, handoff: at })
  })
})

describe('a run whose sandbox goes away', () => {
  it('ends with one sentence that says so, and no verdict', { timeout: LIMIT_MS }, async () => {
    const run = play('probes/shop-api', () => app.sandbox?.stop())
    await expect(run).rejects.toMatchObject({
      code: 'part-failed',
      message: expect.stringContaining('The sandbox went away'),
    })
  })
})
