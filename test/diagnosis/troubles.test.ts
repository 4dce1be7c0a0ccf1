import { describe, expect, test } from 'vitest'
import { followWorld } from '../support/follow-world.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { createWorld, type Trouble } from '../support/world.ts'

const contract = jewelryToldBriefly('fast')

describe('a healthy order passes', () => {
  const worlds = [
    { how: 'on one clock', options: {} },
    { how: 'with the CRM fifty milliseconds behind', options: { offsetsMs: { 'crm-api': -50 } } },
    { how: 'when exports come up to three seconds late', options: { exportDelayMs: 3_000 } },
    { how: 'by spans alone', options: { statusApi: false } },
    { how: 'by status APIs that tell the history, without any span', options: { spans: false, history: true } },
    {
      how: 'when the MES exporter freezes in mid-order and its API tells the history',
      options: { frozen: { service: 'mes-api', fromMs: 500 }, history: true },
    },
    { how: 'after one attempt that failed and one that succeeded', options: { trouble: 'work throws once' as const } },
  ]
  test.each(worlds)('$how', ({ options }) => {
    for (const seed of [1, 2, 3]) {
      const evaluation = followWorld(contract, createWorld({ seed, ...options }))
      expect({ verdict: evaluation.verdict, reason: evaluation.reason }).toMatchObject({ verdict: 'passed' })
    }
  })
})

describe('a healthy order is told to have come through, and the clocks that are off are named,', () => {
  test.each([
    { how: 'with the CRM seven seconds ahead', offsetsMs: { 'crm-api': 7_000 } },
    { how: 'with the MES ninety seconds behind', offsetsMs: { 'mes-api': -90_000, 'shop-api': 120_000 } },
  ])('$how', ({ offsetsMs }) => {
    const { verdict, findings } = followWorld(contract, createWorld({ seed: 1, offsetsMs }))
    expect(verdict).toBe('degraded')
    expect(findings.map(({ code }) => code)).toEqual(Object.keys(offsetsMs).map(() => 'clock-skewed'))
    for (const instance of Object.keys(offsetsMs))
      expect(
        findings.some(({ message }) => message.includes(`${instance}/1`)),
        instance,
      ).toBe(true)
  })
})

describe('a break is found and placed', () => {
  const table: readonly { trouble: Trouble; code: string; handoff: string | null; stage: string | null }[] = [
    { trouble: 'create fails', code: 'order-not-placed', handoff: 'H1', stage: 'INITIATED' },
    { trouble: 'create forgets', code: 'order-not-saved', handoff: 'H1', stage: 'INITIATED' },
    { trouble: 'submit forgets', code: 'order-not-saved', handoff: 'H3', stage: 'SUBMITTED' },
    { trouble: 'reader stops', code: 'stage-overdue', handoff: 'H4', stage: 'PRICE_CALCULATED' },
    { trouble: 'taken, not published', code: 'message-not-published', handoff: 'H5', stage: 'PRICE_CALCULATED' },
    { trouble: 'receiver down', code: 'message-not-consumed', handoff: 'H5', stage: 'PRICE_CALCULATED' },
    { trouble: 'receiver deaf', code: 'stage-overdue', handoff: 'H5', stage: 'PRICE_CALCULATED' },
    { trouble: 'work throws', code: 'processing-failed', handoff: null, stage: 'PRICE_CALCULATED' },
    { trouble: 'work hangs', code: 'stage-overdue', handoff: 'H6', stage: 'PRICE_CALCULATED' },
    { trouble: 'result not stored', code: 'result-not-saved', handoff: null, stage: 'PRICE_CALCULATED' },
    { trouble: 'price news lost', code: 'stage-overdue', handoff: 'H7', stage: 'PRICE_CALCULATED' },
    { trouble: 'approval not stored', code: 'result-not-saved', handoff: 'H8', stage: 'MANUFACTURING_APPROVED' },
    { trouble: 'approval refused', code: 'processing-failed', handoff: 'H8', stage: 'MANUFACTURING_APPROVED' },
    { trouble: 'operator forgets', code: 'stage-overdue', handoff: 'H10', stage: 'PACKAGING' },
  ]
  test.each(table)('$trouble: $code at $handoff', ({ trouble, code, handoff, stage }) => {
    for (const seed of [1, 2]) {
      const { verdict, findings } = followWorld(contract, createWorld({ seed, trouble }))
      const breaks = findings.filter(({ severity }) => severity === 'broken')
      expect(verdict).toBe('broken')
      expect(breaks.map((finding) => ({ code: finding.code, handoff: finding.handoff, stage: finding.stage }))).toEqual(
        [{ code, handoff, stage }],
      )
      expect(breaks[0]?.evidence.length).toBeGreaterThan(0)
    }
  })
})

test('an order whose trace context is dropped is degraded, not broken, and the hand-off is named', () => {
  const { verdict, findings } = followWorld(contract, createWorld({ seed: 1, trouble: 'context dropped' }))
  expect(verdict).toBe('degraded')
  expect(findings.map(({ code, handoff }) => ({ code, handoff }))).toEqual([{ code: 'context-lost', handoff: 'H5' }])
})

test('a request that fails and is made again by the page breaks nothing', () => {
  const { verdict, reason } = followWorld(contract, createWorld({ seed: 1, trouble: 'create fails once' }), 50)
  expect({ verdict, reason }).toMatchObject({ verdict: 'passed' })
})

test('a refusal that speaks of the asker’s credentials says nothing about the order', () => {
  const { verdict } = followWorld(contract, createWorld({ seed: 1, trouble: 'approval forbidden' }))
  expect(verdict).toBe('inconclusive')
})

test('a killed probe is the monitor’s trouble, never the order’s', () => {
  const { verdict, findings } = followWorld(contract, createWorld({ seed: 1, trouble: 'probe dies' }))
  expect(verdict).toBe('inconclusive')
  expect(findings.map(({ code, severity }) => ({ code, severity }))).toEqual([
    { code: 'probe-failed', severity: 'inconclusive' },
  ])
})

test('without any span no hop claims trace evidence', () => {
  const { journey } = followWorld(contract, createWorld({ seed: 1, spans: false, history: true }))
  expect(journey.hops.flatMap(({ witnesses }) => witnesses)).not.toContain('otlp')
  expect(journey.stages.flatMap(({ witnesses }) => witnesses)).not.toContain('otlp')
})

test('a frozen exporter makes silence unprovable: the break it would have proven becomes inconclusive', () => {
  const world = createWorld({ seed: 1, trouble: 'taken, not published', frozen: { service: 'crm-api', fromMs: 100 } })
  const { findings, unchecked } = followWorld(contract, world)
  expect(findings.map(({ code }) => code)).not.toContain('message-not-published')
  expect(unchecked.map(({ code }) => code)).toContain('message-not-published')
})
