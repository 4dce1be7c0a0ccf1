import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DrillDocument, drillDocumentSchema, drillSummarySchema } from '../../src/report/drill-schema.ts'
import { type Ended, waybill } from './waybill.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-drill-'))
let drill: Ended
let rows: readonly DrillDocument[]

beforeAll(async () => {
  // An order of its own trouble, people who err, and a whole process down in a cell of its own.
  drill = await waybill(['drill', 'shop-forgets', 'price-throws', 'mes-down at H5', '--json'])
  rows = drill.stdout
    .trimEnd()
    .split('\n')
    .slice(0, -1)
    .map((line) => drillDocumentSchema.parse(JSON.parse(line)))
}, 150_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('a drill of a few faults', () => {
  it('finds each at its place, in time, and ends with 0', () => {
    const said = rows
      .filter(({ expected }) => expected !== null)
      .map(({ row, found, passed }) => [row, [found[0]?.code, found[0]?.handoff ?? found[0]?.stage, passed]])
    expect(Object.fromEntries(said)).toEqual({
      'mes-down at H5': ['message-not-consumed', 'H5', true],
      'price-throws': ['processing-failed', 'PRICE_CALCULATED', true],
      'shop-forgets': ['order-not-saved', 'H1', true],
    })
    expect(drill.code).toBe(0)
  })

  it('plays healthy orders at the same time, of which nothing is said, and sums up', () => {
    const summary = drillSummarySchema.parse(JSON.parse(drill.stdout.trimEnd().split('\n').at(-1) ?? ''))
    expect(summary).toMatchObject({ faults: 3, detected: 3, localised: 3, withinLimit: 3, falseAlarms: 0, failed: 0 })
    expect(summary.healthyOrders).toBeGreaterThan(1)
  })
})

describe('a drill that cannot be', () => {
  it('says which fault was most likely meant', async () => {
    const { code, stderr } = await waybill(['drill', 'price-trows'])
    expect(code).toBe(2)
    expect(stderr).toContain('There is no such fault. Expected price-throws')
  })

  it('does not take away a witness there is none of', async () => {
    const { code, stderr } = await waybill(['drill', '--without', 'rumour'])
    expect(code).toBe(2)
    expect(stderr).toContain('otlp, rabbitmq, status-api, postgres, storage, page')
  })

  it('writes no page of a few faults only', async () => {
    const page = join(folder, 'drill.md')
    const { code } = await waybill(['drill', 'price-throws', '--write', page])
    expect(code).toBe(2)
    expect(() => readFileSync(page)).toThrow('ENOENT')
  })
})
