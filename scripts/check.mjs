import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const installed = (name) => join(root, 'node_modules', '.bin', name)

/** Everything `npm run check` looks at, the quick ones first. */
const CHECKS = [
  { name: 'types', command: [installed('tsc'), '-p', '.'] },
  { name: 'format and lint', command: [installed('biome'), 'ci', '--colors=off', '.'] },
  { name: 'promises', command: [installed('oxlint'), '--type-aware', '--deny-warnings', '.'] },
  { name: 'layers', command: [process.execPath, join('scripts', 'layers', 'main.ts')] },
  { name: 'effects', command: [process.execPath, join('scripts', 'effects.ts')] },
  { name: 'dead code', command: [installed('knip'), '--no-progress'] },
]

/** Runs one check and keeps what it says; a program that cannot be started is a failed check. */
function run([program, ...args]) {
  return new Promise((resolve) => {
    const started = performance.now()
    const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    const keep = (chunk) => {
      said += chunk
    }
    child.stdout.setEncoding('utf8').on('data', keep)
    child.stderr.setEncoding('utf8').on('data', keep)
    const end = (passed) => resolve({ passed, said, ms: Math.round(performance.now() - started) })
    child.once('error', (error) => {
      keep(`${error.message}\n`)
      end(false)
    })
    child.once('close', (code) => end(code === 0))
  })
}

const { values } = parseArgs({ options: { results: { type: 'string' } } })
const results = []
for (const { name, command } of CHECKS) {
  const { passed, said, ms } = await run(command)
  results.push({ name, passed, ms })
  if (!passed) process.stdout.write(`${said.trimEnd()}\n`)
  const last = passed && command[0] === process.execPath ? `  ${said.trimEnd().split('\n').at(-1)}` : ''
  process.stdout.write(`${passed ? 'ok    ' : 'FAILED'}  ${name.padEnd(16)} ${String(ms).padStart(6)} ms${last}\n`)
}
if (values.results !== undefined) writeFileSync(values.results, JSON.stringify(results))
process.exitCode = results.every(({ passed }) => passed) ? 0 : 1
