import { msBetween } from './durations.ts'
import type { FindingDocument, VerdictDocument } from './verdict-schema.ts'

// Characters XML 1.0 cannot hold at all, not even escaped.
const isForbidden = (code: number): boolean =>
  (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) ||
  (code >= 0xd800 && code <= 0xdfff) ||
  code === 0xfffe ||
  code === 0xffff

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
}

const xml = (text: string): string =>
  Array.from(text, (character) =>
    isForbidden(character.codePointAt(0) ?? 0) ? '\ufffd' : (ENTITIES[character] ?? character),
  ).join('')

const seconds = (ms: number): string => (ms / 1000).toFixed(3)

const durationMs = (document: VerdictDocument): number =>
  document.placedAt === null ? 0 : Math.max(0, msBetween(document.placedAt, document.decidedAt))

const proof = (finding: FindingDocument): string =>
  [
    `${finding.code}: ${finding.message}`,
    ...finding.evidence.map(({ source, at, what }) => `  proof ${source} ${at} ${what}`),
    `  owner ${finding.owner ?? 'unknown'}; try: ${finding.hint}`,
  ].join('\n')

const outcome = (document: VerdictDocument): string => {
  const details = xml(document.findings.map(proof).join('\n'))
  const attributes = `message="${xml(document.reason)}" type="${xml(document.findings[0]?.code ?? document.verdict)}"`
  if (document.verdict === 'broken') return `    <failure ${attributes}>${details}</failure>\n`
  // Inconclusive is trouble of the monitor, not a statement about the order system: an error, not a failure.
  if (document.verdict === 'inconclusive') return `    <error ${attributes}>${details}</error>\n`
  return document.verdict === 'degraded' ? `    <system-out>${xml(document.reason)}&#10;${details}</system-out>\n` : ''
}

const property = (name: string, value: string): string =>
  `      <property name="${xml(name)}" value="${xml(value)}"/>\n`

const testCase = (document: VerdictDocument): string => {
  const { order } = document
  const hops = document.hops
    .filter((hop) => hop.latencyMs !== null)
    .map((hop) => property(`hop ${hop.id} ms`, String(hop.latencyMs)))
  const ids = [
    property('verdict', document.verdict),
    property('key', order.key),
    property('orders', order.ids.order.join(' ')),
  ]
  const name = `${order.probe} ${order.key}`
  return (
    `  <testcase classname="waybill.${xml(order.flow)}" name="${xml(name)}" time="${seconds(durationMs(document))}">\n` +
    `    <properties>\n${[...ids, ...hops].join('')}    </properties>\n${outcome(document)}  </testcase>\n`
  )
}

/** JUnit XML: one suite, one case per order; `broken` is a failure, `inconclusive` an error. */
export function junitReport(documents: readonly VerdictDocument[]): string {
  const count = (verdict: VerdictDocument['verdict']) =>
    documents.filter((document) => document.verdict === verdict).length
  const total = documents.reduce((sum, document) => sum + durationMs(document), 0)
  const attributes = `name="waybill" tests="${documents.length}" failures="${count('broken')}" errors="${count('inconclusive')}" time="${seconds(total)}"`
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${attributes}>\n<testsuite ${attributes}>\n${documents.map(testCase).join('')}</testsuite>\n</testsuites>\n`
}
