import { describe, expect, it } from 'vitest'
import { isInTime } from '../../src/drill/result.ts'
import { type DrillPlace, pageWith } from '../../src/report/drill-page.ts'
import {
  type DrillDocument,
  type DrillSummary,
  drillDocumentSchema,
  drillSummarySchema,
} from '../../src/report/drill-schema.ts'
import { drillTable, summaryText } from '../../src/report/drill-table.ts'
import { plainStyle } from '../../src/report/style.ts'

const row: DrillDocument = {
  schema: 'waybill.drill/1',
  row: 'price-throws',
  fault: 'price-throws',
  invented: false,
  scope: 'order',
  at: 'PRICE_CALCULATED',
  expected: 'processing-failed',
  provable: true,
  found: [{ code: 'processing-failed', handoff: null, stage: 'PRICE_CALCULATED' }],
  detected: true,
  localised: true,
  measuredFrom: 'proof',
  timeToDetectionMs: 71.2,
  limitMs: 1_000,
  verdict: 'broken',
  expectedVerdicts: ['broken'],
  passed: true,
  why: [],
  order: 'SYN-1',
  run: 'r',
  file: null,
}
const missed: DrillDocument = {
  ...row,
  row: 'mes-down',
  found: [],
  passed: false,
  why: ['Nothing was found.'],
  file: 'a.json',
}
const invented: DrillDocument = { ...row, row: 'price-in-other-unit', fault: 'price-in-other-unit', invented: true }
const summary: DrillSummary = {
  schema: 'waybill.drill-summary/1',
  faults: 2,
  detected: 1,
  localised: 1,
  withinLimit: 1,
  unprovable: 0,
  harmless: 3,
  healthyOrders: 4,
  falseAlarms: 0,
  failed: 1,
  without: null,
  seed: null,
  tookMs: 60_000,
}
const place: DrillPlace = {
  date: new Date('2026-11-21T16:00:00Z'),
  cores: 2,
  processor: 'a processor',
  memoryGib: 24,
  system: 'a system',
  node: '24.21.0',
  waybill: '0.1.0',
  command: 'npx waybill drill',
}

describe('the documents of a drill', () => {
  it('fit their schemas', () => {
    expect(drillDocumentSchema.safeParse(row).error).toBeUndefined()
    expect(drillSummarySchema.safeParse(summary).error).toBeUndefined()
  })
})

describe('a drill in time', () => {
  it('has at most 5 of 100 breaks later than their limits', () => {
    const inTime = (localised: number, withinLimit: number) => isInTime({ ...summary, localised, withinLimit })
    expect([inTime(100, 95), inTime(100, 94), inTime(1, 0), inTime(0, 0)]).toEqual([true, false, false, true])
  })
})

describe('the table of a drill', () => {
  it('says below it why a row did not pass, and where to study it', () => {
    const text = drillTable([row, missed], summary, plainStyle)
    expect(text).toMatch(/price-throws .* 71 ms .* broken +✓/)
    expect(text).toContain('    Nothing was found.\n    a.json')
    expect(text).toContain(summaryText(summary))
  })
})

describe('the page of the drill', () => {
  const first = pageWith(null, 'All rows', [row, missed], summary, place)

  it('tells what was found, what was not, and how to repeat it', () => {
    expect(first).toContain('| price-throws | PRICE_CALCULATED | processing-failed |')
    expect(first).toContain('- **mes-down**: Nothing was found.')
    expect(first).toContain('`npx waybill drill`')
    expect(first).toContain('2026-11-21 16:00 UTC, 2 cores')
  })

  it('counts and marks what was invented by somebody who had not read the rules, and says nothing of it where there is none', () => {
    const harmless: DrillDocument = { ...invented, row: 'crm-reads-from-two-copies', expected: null, found: [] }
    const misplaced: DrillDocument = { ...invented, row: 'model-cleared-away', localised: false, passed: false }
    const unprovable: DrillDocument = { ...invented, row: 'mes-attributes-cut', provable: false, detected: false }
    const documents = [row, missed, invented, harmless, misplaced, unprovable]
    const sentence =
      'Of these, 3 of 4 invented faults (†, by somebody who had not read the rules) passed: 2 of 2 breaks detected, 1 of 2 at the right place.'
    for (const text of [
      pageWith(null, 'All rows', documents, summary, place),
      drillTable(documents, summary, plainStyle),
    ]) {
      expect(text.split('\n')).toContain(sentence)
      expect(text.match(/^.*† .*(?:broken|✓)/gm)).toHaveLength(4)
    }
    expect(first).not.toMatch(/invented|†/)
  })

  it('keeps the sections of other drills and replaces its own', () => {
    const second = pageWith(first, 'Without otlp', [], summary, place)
    const third = pageWith(second, 'All rows', [row], { ...summary, failed: 0 }, place)
    expect(third.match(/^## .*$/gm)).toEqual(['## All rows', '## Without otlp'])
    expect(third).not.toContain('Did not pass')
    expect(pageWith(third, 'All rows', [row], { ...summary, failed: 0 }, place)).toBe(third)
  })
})
