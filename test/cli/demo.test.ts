import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type VerdictDocument, verdictDocumentSchema } from '../../src/report/verdict-schema.ts'
import { type Ended, waybill } from './waybill.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-demo-'))
const junit = join(folder, 'junit.xml')
const markdown = join(folder, 'report.md')
let demo: Ended
let documents: readonly VerdictDocument[]

beforeAll(async () => {
  demo = await waybill(['demo', '--json', '--report', `junit=${junit}`, '--report', `markdown=${markdown}`])
  documents = demo.stdout
    .trimEnd()
    .split('\n')
    .map((line) => verdictDocumentSchema.parse(JSON.parse(line)))
}, 150_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the demo', () => {
  it('ends with 0 after one order that passed and one that broke', () => {
    expect(documents.map(({ verdict, state }) => [verdict, state])).toEqual([
      ['passed', 'final'],
      ['broken', 'final'],
    ])
    expect(demo.code).toBe(0)
  })

  it('tells each status of the healthy order while it travels', () => {
    const reached = demo.stderr.match(/[A-Z_]+ reached in/g) ?? []
    const ofHealthy = documents[0]?.stages.map(({ stage }) => `${stage} reached in`) ?? []
    expect(ofHealthy).toHaveLength(10)
    expect(reached).toEqual(expect.arrayContaining(ofHealthy))
  })

  it('names the broken link of the other, and what proves it', () => {
    const [finding, ...others] = documents[1]?.findings ?? []
    expect(finding).toMatchObject({ code: 'message-dead-lettered', severity: 'broken', handoff: 'H5' })
    expect(finding?.evidence.length).toBeGreaterThan(0)
    expect(others).toEqual([])
  })

  it('writes the reports it was asked for', () => {
    expect(readFileSync(junit, 'utf8')).toContain('tests="2" failures="1" errors="0"')
    expect(readFileSync(markdown, 'utf8')).toMatch(/## PASSED: [\s\S]*## BROKEN: shop-api/)
  })

  it('says nothing on standard output but documents', () => {
    expect(demo.stdout.trimEnd().split('\n')).toHaveLength(2)
  })
})
