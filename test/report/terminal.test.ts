import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import { colorStyle, plainStyle } from '../../src/report/style.ts'
import { terminalReport } from '../../src/report/terminal.ts'
import type { VerdictDocument } from '../../src/report/verdict-schema.ts'
import { broken, changed, healthy } from './orders.ts'

const contract = jewelry('fast')
const lines = (document: VerdictDocument) => terminalReport(document, contract, plainStyle).trimEnd().split('\n')

const crowded = changed(broken.document, {
  hops: Array.from(
    { length: 60 },
    (_, index) => ({ ...healthy.document.hops[index % 12], id: `x${index}` }) as VerdictDocument['hops'][number],
  ),
  findings: Array.from({ length: 12 }, () => ({
    ...(broken.document.findings[0] as VerdictDocument['findings'][number]),
    message: 'word '.repeat(120),
    hint: 'x'.repeat(400),
  })),
})

describe('the terminal report', () => {
  it('names verdict, probe, flow and order first', () => {
    const [first = '', second = ''] = lines(healthy.document)
    expect(first).toContain('PASSED  shop-web · customer order 7f3a21c0')
    expect(second).toContain('placed 15:02:06.360 · decided 310 ms after the last sign · SYN-20261121-0001')
  })

  it('draws every stage in order with the time since the first sign', () => {
    const shown = lines(healthy.document).flatMap(
      (line) => /^.{1,3}\d ([A-Z_]+) .*\+(\S+ \S+)/.exec(line)?.slice(1) ?? [],
    )
    expect(shown.filter((_, index) => index % 2 === 0)).toEqual(healthy.document.stages.map(({ stage }) => stage))
  })

  it('draws hops to scale: one three times as long takes three times the room', () => {
    const length = (name: string) =>
      (
        lines(healthy.document)
          .find((line) => line.includes(name))
          ?.match(/[█▌▐]/g) ?? []
      ).length
    expect(length('H12 carrier')).toBeGreaterThanOrEqual(2 * length('H4 shop-db'))
  })

  it('marks the broken link, what it explains, what is not reached, why, and the proof', () => {
    const text = lines(broken.document).join('\n')
    expect(text).toMatch(/^✗ {4}H5 crm → mes .* ✗ {5}broken here$/m)
    expect(text).toMatch(/ 4 PRICE_CALCULATED .*awaited .*┄ explained by H5$/m)
    expect(text).toContain('MANUFACTURING_APPROVED … CLOSED')
    expect(text).toContain('✗ The order message was rejected by MES API')
    expect(text).toMatch(/proof {7}otlp {7}15:02:06.690 {2}mes-api/)
    expect(text).toContain('owner       Manufacturing IT')
    expect(text).toContain('not checked span-missing SUBMITTED (no coverage of crm-api)')
  })

  it('says when the slowest mirror showed a stage', () => {
    expect(lines(healthy.document).find((line) => line.includes('SUBMITTED'))).toMatch(/in crm \+14 ms$/)
  })

  it('says which hop lost the trace context and which is only linked', () => {
    const text = lines(healthy.document).join('\n')
    expect(text).toMatch(/H9 crm → mes .* context lost$/m)
    expect(text).toMatch(/H4 shop-db → crm .* linked$/m)
  })

  it.each([
    ['healthy', healthy.document],
    ['broken', broken.document],
    ['crowded', crowded],
  ] as const)('fits one screen of 100 columns and 40 lines: %s', (_name, document) => {
    const shown = lines(document)
    expect(shown.length).toBeLessThanOrEqual(40)
    expect(Math.max(...shown.map((line) => Array.from(line).length))).toBeLessThanOrEqual(100)
  })

  it('lets no foreign text steer the terminal', () => {
    const [finding] = broken.document.findings
    if (finding === undefined) throw new Error('the sample has a finding')
    const hostile = {
      ...finding,
      message: 'gone \u001b[2J\u0007 now',
      evidence: [{ ...finding.evidence[0], what: '\u009b31m' }],
    }
    const document = changed(broken.document, { findings: [hostile as typeof finding] })
    const text = terminalReport(document, contract, plainStyle)
    expect(Array.from(text).some((character) => character < ' ' && character !== '\n')).toBe(false)
    expect(text).not.toContain('\u009b')
  })

  it('colours nothing but what it would print plain', () => {
    const esc = String.fromCharCode(27)
    const coloured = terminalReport(broken.document, contract, colorStyle)
    expect(coloured).toContain(`${esc}[`)
    const stripped = coloured.replaceAll(new RegExp(`${esc}\\[[0-9;]*m`, 'g'), '').replaceAll(/ +$/gm, '')
    expect(stripped).toBe(terminalReport(broken.document, contract, plainStyle).replaceAll(/ +$/gm, ''))
  })

  it('of an order of which nothing is known still says the verdict and why', () => {
    const document = changed(broken.document, { stages: [], hops: [], placedAt: null, lastFactSeenAt: null })
    expect(lines(document).slice(0, 2).join()).toContain('not placed')
  })
})
