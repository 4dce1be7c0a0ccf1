import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import type { Judged } from '../../src/drill/judged.ts'
import type { Row } from '../../src/drill/row.ts'
import { healthyRow } from '../../src/drill/rows.ts'
import { scoreRow, scoreUnprovable } from '../../src/drill/score.ts'
import { canBePlayed, isProvable } from '../../src/drill/witnesses.ts'
import type { VerdictDocument } from '../../src/report/verdict-schema.ts'
import { fromEpochMs } from '../../src/shared/units.ts'

const contract = jewelry('fast')
const row: Row = {
  ...healthyRow('rejects', 'customer'),
  finding: 'message-dead-lettered',
  at: 'H5',
  verdicts: ['broken'],
  limitMs: 1_000,
}

type Found = readonly [code: string, handoff: string | null, stage?: string | null]

const found = ([code, handoff, stage = null]: Found, severity: 'broken' | 'degraded' = 'broken') => ({
  code,
  class: 'queue' as const,
  severity,
  handoff,
  stage,
  message: code,
  owner: null,
  hint: '',
  detectedAt: '2026-01-01T00:00:00.000Z',
  evidence: [],
  explains: [],
})

const document = (
  verdict: VerdictDocument['verdict'],
  findings: VerdictDocument['findings'] = [],
): VerdictDocument => ({
  schema: 'waybill.verdict/1',
  verdict,
  state: 'final',
  revision: 1,
  reason: 'for this reason',
  order: { key: 'SYN-1', flow: 'customer', probe: 'drill', run: 'r', ids: { order: [], trace: [] } },
  placedAt: null,
  lastFactSeenAt: null,
  decidedAt: '2026-01-01T00:00:00.000Z',
  stages: [],
  hops: [],
  findings,
  unchecked: [],
  clocks: [],
  sources: [],
})

const judged = (
  word: VerdictDocument['verdict'],
  findings: readonly Found[],
  afterMs: number | null = 200,
  of: Row = row,
): Judged => ({
  document: document(
    word,
    findings.map((it) => found(it)),
  ),
  detection:
    afterMs === null
      ? null
      : { of, decidedAt: fromEpochMs(10_000 + afterMs), proofSeenAt: fromEpochMs(10_000), dueAt: fromEpochMs(9_000) },
})

describe('a row whose finding can be proven', () => {
  it('passes with the right code at the right place in time', () => {
    expect(scoreRow(row, judged('broken', [['message-dead-lettered', 'H5']]))).toEqual({
      detected: true,
      localised: true,
      timeToDetectionMs: 200,
      withinLimit: true,
      passed: true,
      faults: [],
    })
  })

  it.each<readonly [string, Judged, Partial<ReturnType<typeof scoreRow>>]>([
    ['nothing is found', judged('passed', [], null), { detected: false, localised: false, withinLimit: false }],
    [
      'the place is another',
      judged('broken', [['message-dead-lettered', 'H9']], null),
      { detected: true, localised: false },
    ],
    [
      'it is said too late',
      judged('broken', [['message-dead-lettered', 'H5']], 2_500),
      { localised: true, withinLimit: false },
    ],
    [
      'the verdict is another',
      judged('degraded', [['message-dead-lettered', 'H5']]),
      { localised: true, withinLimit: true },
    ],
    [
      'another cause is named beside it',
      judged('broken', [
        ['message-dead-lettered', 'H5'],
        ['processing-failed', null, 'PRICE_CALCULATED'],
      ]),
      { localised: true },
    ],
  ])('fails when %s', (_what, it_, expected) => {
    expect(scoreRow(row, it_)).toMatchObject({ ...expected, passed: false })
  })

  it('is measured from the deadline where silence is all there is', () => {
    const silent = { ...row, measuredFrom: 'deadline' } as const
    expect(scoreRow(silent, judged('broken', [['message-dead-lettered', 'H5']], 200, silent)).timeToDetectionMs).toBe(
      1_200,
    )
  })

  it('is measured from its proof where that comes before the deadline', () => {
    const silent = { ...row, measuredFrom: 'deadline' } as const
    const early = judged('broken', [['message-dead-lettered', 'H5']], 200, silent)
    const detection = early.detection && { ...early.detection, dueAt: fromEpochMs(60_000) }
    expect(scoreRow(silent, { ...early, detection }).timeToDetectionMs).toBe(200)
  })

  it('is late, and no failure by itself, up to twice its limit', () => {
    expect(scoreRow(row, judged('broken', [['message-dead-lettered', 'H5']], 1_500))).toMatchObject({
      withinLimit: false,
      passed: true,
    })
  })

  it('that expects nothing fails with any break, and with any other verdict', () => {
    const harmless = healthyRow('slow', 'customer')
    expect(scoreRow(harmless, judged('passed', [], null)).passed).toBe(true)
    expect(scoreRow(harmless, judged('broken', [['stage-overdue', 'H5']], null)).passed).toBe(false)
    expect(scoreRow(harmless, judged('inconclusive', [], null)).passed).toBe(false)
  })

  it('of two breaks on one order takes either for the cause', () => {
    const two: Row = { ...row, beside: { ...row, finding: 'order-not-saved', at: 'H3' } }
    expect(scoreRow(two, judged('broken', [['order-not-saved', 'H3']])).passed).toBe(true)
    expect(scoreRow(two, judged('broken', [['order-not-saved', 'H1']], null)).passed).toBe(false)
  })
})

describe('a row nobody is left to prove', () => {
  const score = (it_: Judged) => scoreUnprovable(row, it_, contract).passed

  it('may be inconclusive, or overdue there or at the first stage behind it', () => {
    expect(score(judged('inconclusive', [], null))).toBe(true)
    expect(score(judged('broken', [['stage-overdue', 'H5', 'PRICE_CALCULATED']], null))).toBe(true)
    expect(score(judged('broken', [['stage-overdue', null, 'PRICE_CALCULATED']], null))).toBe(true)
  })

  it('may not be passed, nor found elsewhere, nor called something else', () => {
    expect(score(judged('passed', [], null))).toBe(false)
    expect(score(judged('degraded', [], null))).toBe(false)
    expect(score(judged('broken', [['stage-overdue', 'H4']], null))).toBe(false)
    expect(score(judged('broken', [['stage-overdue', 'H9', 'MANUFACTURING_APPROVED']], null))).toBe(false)
    expect(score(judged('broken', [['message-lost', 'H5']], null))).toBe(false)
  })

  it.each([
    ['message-dead-lettered', 'processing-failed'],
    ['message-redelivered', 'processing-failed'],
    ['status-mismatch', 'message-swallowed'],
  ] as const)('that is %s may be called %s, at its own place only', (finding, called) => {
    const passes = (...found: Found) =>
      scoreUnprovable({ ...row, finding }, judged('broken', [found], null), contract).passed
    expect(passes(called, null, 'PRICE_CALCULATED')).toBe(true)
    expect(passes(called, 'H9', null)).toBe(false)
    expect(passes('result-not-saved', null, 'PRICE_CALCULATED')).toBe(false)
  })

  it('that no receiver refused may not be called the failing of its work', () => {
    const lost: Row = { ...row, finding: 'message-lost' }
    const failing = judged('broken', [['processing-failed', null, 'PRICE_CALCULATED']], null)
    expect(scoreUnprovable(lost, failing, contract).passed).toBe(false)
  })

  it('that only degrades may be passed, and not broken', () => {
    const degrading: Row = { ...row, finding: 'context-lost', verdicts: ['degraded'] }
    expect(scoreUnprovable(degrading, judged('passed', [], null), contract).passed).toBe(true)
    expect(scoreUnprovable(degrading, judged('broken', [['stage-overdue', 'H5']], null), contract).passed).toBe(false)
  })
})

describe('whether a row can be proven', () => {
  it('is told by what its rule declares and which sources are left', () => {
    const placing = { ...row, finding: 'order-not-placed' } as const
    expect(isProvable(placing, new Set(['probe']))).toBe(true)
    expect(isProvable({ ...row, finding: 'context-lost' }, new Set(['probe', 'status-api']))).toBe(false)
  })

  it('follows the row where the row knows better than its rule', () => {
    const bySpans: Row = { ...row, finding: 'processing-failed', provenBy: [['otlp']] }
    expect(isProvable(bySpans, new Set(['probe']))).toBe(false)
    expect(isProvable(bySpans, new Set(['otlp']))).toBe(true)
  })
})

describe('whether a row can be played', () => {
  const withTelemetry = new Set(['probe', 'otlp'] as const)
  const without = new Set(['probe', 'rabbitmq', 'status-api', 'postgres'] as const)

  it.each<readonly [string, Row['mending']]>([
    ['it is never mended', null],
    ['it is mended after a while', { afterMs: 500 }],
    ['it is mended at a stage', { atStage: 'PRICE_CALCULATED' }],
  ])('does not hang on telemetry where %s', (_how, mending) => {
    expect(canBePlayed({ mending }, withTelemetry)).toBe(true)
    expect(canBePlayed({ mending }, without)).toBe(true)
  })

  it('hangs on telemetry where failed tries must be seen before it is mended', () => {
    const mending = { afterFailures: 2 }
    expect(canBePlayed({ mending }, withTelemetry)).toBe(true)
    expect(canBePlayed({ mending }, without)).toBe(false)
  })
})
