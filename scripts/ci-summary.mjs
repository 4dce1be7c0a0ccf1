import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** What a tool wrote, or undefined when it died before writing. */
function read(folder, file) {
  try {
    return JSON.parse(readFileSync(join(folder, file), 'utf8'))
  } catch {
    return undefined
  }
}

/** Tests as vitest tells them. A file that could not be loaded has no tests and counts as one failure. */
function testResults(report) {
  return (report?.testResults ?? []).flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(process.cwd(), name)
    if (assertionResults.length === 0 && status === 'failed') return [{ name: `${file}: ${message}`, passed: false }]
    return assertionResults
      .filter((test) => test.status === 'passed' || test.status === 'failed')
      .map((test) => ({ name: `${file}: ${test.fullName}`, passed: test.status === 'passed' }))
  })
}

/** The documents of a drill; none of one that wrote no whole ones. */
function drillLines(folder, file) {
  try {
    return readFileSync(join(folder, file), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  } catch {
    return []
  }
}

/** Rows of the drill, and its healthy orders as one result. A drill that died before its summary has failed as a whole. */
function drillResults(folder) {
  const lines = drillLines(folder, 'drill.jsonl')
  const isRow = ({ schema }) => schema === 'waybill.drill/1'
  const again = new Map(
    drillLines(folder, 'drill-again.jsonl')
      .filter(isRow)
      .map((document) => [document.row, document]),
  )
  const rows = lines.filter(isRow).map(({ row, passed, why }) => {
    if (passed) return { name: `drill: ${row}`, passed }
    const second = again.get(row)
    if (second?.passed) process.stdout.write(`passed only when played again: drill: ${row}: ${why.join(' ')}\n`)
    return { name: `drill: ${row}: ${why.join(' ')}`, passed: second?.passed ?? false }
  })
  const summary = lines.find(({ schema }) => schema === 'waybill.drill-summary/1')
  return summary === undefined ? [] : [...rows, { name: 'drill: healthy orders', passed: summary.falseAlarms === 0 }]
}

/** A tool that ended badly without naming a failure, or named nothing at all, has failed as a whole. */
function asOne(name, exitCode, results) {
  const failed = results.some(({ passed }) => !passed)
  return results.length === 0 || (exitCode !== 0 && !failed)
    ? [...results, { name: `${name} ended with code ${exitCode} and ${results.length} results`, passed: false }]
    : results
}

const [folder, testsCode, checksCode, composeCode, drillCode, partsCode] = process.argv.slice(2)
const checks = (read(folder, 'checks.json') ?? []).map(({ name, passed }) => ({ name: `check: ${name}`, passed }))
const all = [
  ...asOne('npm test', Number(testsCode), testResults(read(folder, 'tests.json'))),
  ...asOne('npm run test:parts', Number(partsCode), testResults(read(folder, 'parts.json'))),
  ...asOne('npm run check', Number(checksCode), checks),
  { name: 'npm run check:compose', passed: composeCode === '0' },
  ...asOne('npx waybill drill', Number(drillCode), drillResults(folder)),
]
const failures = all.filter(({ passed }) => !passed)
for (const { name } of failures) process.stdout.write(`failed: ${name}\n`)
process.stdout.write(`${all.length - failures.length} passed, ${failures.length} failed\n`)
process.exitCode = failures.length === 0 ? 0 : 1
