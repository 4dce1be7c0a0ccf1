import { describe, expect, it } from 'vitest'
import { jsonReport } from '../../src/report/json.ts'
import { junitReport } from '../../src/report/junit.ts'
import { markdownReport } from '../../src/report/markdown.ts'
import { broken, changed, healthy } from './orders.ts'

const unsure = changed(healthy.document, {
  verdict: 'inconclusive',
  reason: 'The CRM could not be asked <for "4 s"> & more\u0000.',
})

describe('report files', () => {
  it('as NDJSON hold one document a line', () => {
    const lines = jsonReport([healthy.document, broken.document]).trimEnd().split('\n')
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual([healthy.document, broken.document])
  })

  it('as JUnit count broken orders as failures and inconclusive ones as errors', () => {
    const xml = junitReport([healthy.document, broken.document, unsure])
    expect(xml).toContain('<testsuites name="waybill" tests="3" failures="1" errors="1"')
    expect(xml).toContain('<testcase classname="waybill.customer" name="shop-web SYN-20261121-0001" time="2.568">')
    expect(xml).toMatch(/<failure message="The order message was rejected[^"]*" type="processing-failed">/)
    expect(xml).toContain('<property name="hop H4 ms" value="180.123456"/>')
  })

  it('as JUnit stay well-formed whatever a system said', () => {
    expect(junitReport([unsure])).toContain('could not be asked &lt;for &quot;4 s&quot;&gt; &amp; more\ufffd.')
  })

  it('as Markdown say verdict, proof and the tables, with foreign markup made harmless', () => {
    const [finding] = broken.document.findings
    if (finding === undefined) throw new Error('the sample has a finding')
    const text = markdownReport([changed(broken.document, { findings: [{ ...finding, message: 'a | b\n<img>' }] })])
    expect(text).toContain('## BROKEN: shop-web, customer order 7f3a21c0')
    expect(text).toContain('- **broken** `processing-failed`: a \\| b \\<img\\>')
    expect(text).toContain('| H5 | crm → mes | queue | — | **broken** | continuous |')
  })
})
