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

/** A tool that ended badly without naming a failure, or named nothing at all, has failed as a whole. */
function asOne(name, exitCode, results) {
  const failed = results.some(({ passed }) => !passed)
  return results.length === 0 || (exitCode !== 0 && !failed)
    ? [...results, { name: `${name} ended with code ${exitCode} and ${results.length} results`, passed: false }]
    : results
}

const [folder, testsCode, checksCode, composeCode] = process.argv.slice(2)
const checks = (read(folder, 'checks.json') ?? []).map(({ name, passed }) => ({ name: `check: ${name}`, passed }))
const all = [
  ...asOne('npm test', Number(testsCode), testResults(read(folder, 'tests.json'))),
  ...asOne('npm run check', Number(checksCode), checks),
  { name: 'npm run check:compose', passed: composeCode === '0' },
]
const failures = all.filter(({ passed }) => !passed)
for (const { name } of failures) process.stdout.write(`failed: ${name}\n`)
process.stdout.write(`${all.length - failures.length} passed, ${failures.length} failed\n`)
process.exitCode = failures.length === 0 ? 0 : 1
