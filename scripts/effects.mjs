import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PURE = /^src\/(contract|journey|diagnosis)\/|^src\/evidence\/[^/]+\.ts$/
const ENTRY_POINT =
  /^src\/cli\/|^src\/sandbox\/(.+\/)?main\.ts$|^src\/sandbox\/telemetry\/|^src\/embedded\/.*(main|watchdog|guard)\.ts$/

/** Calls that act on the process or read the world, and the only files that may hold them. */
const EFFECTS = [
  {
    name: 'ends-the-process',
    why: 'Only commands and process entry points end the process or take signals.',
    pattern: /\bprocess\.(exit\s*\(|exitCode\b|abort\s*\(|(on|once)\s*\(\s*['"`](SIG|uncaught|unhandled))/,
    allowed: (file) => ENTRY_POINT.test(file),
    breaks: ['src/app/run.ts', "process.once('SIGTERM', stop)"],
  },
  {
    name: 'reads-the-clock',
    why: 'Pure code gets the time as a parameter.',
    pattern: /\b(Date\.now\s*\(|new Date\s*\(\s*\)|performance\.|set(Timeout|Interval|Immediate)\s*\(|hrtime)/,
    allowed: (file) => !PURE.test(file),
    breaks: ['src/journey/clocks.ts', 'const now = Date.now()'],
  },
  {
    name: 'reaches-out',
    why: 'Pure code gives the same answer every time: no chance, no network, no process, no output.',
    pattern: /\b(Math\.random\s*\(|crypto\.|fetch\s*\(|process\.|console\.|globalThis\.)/,
    allowed: (file) => !PURE.test(file),
    breaks: ['src/diagnosis/verdict.ts', 'if (Math.random() < 0.5) return'],
  },
]

/** The text without comments and without what stands in quotes, line by line as before. */
function codeOnly(text) {
  const blank = (part) => part.replace(/[^\n]/g, ' ')
  return text
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(^|[^:'"`])\/\/[^\n]*/g, (part, before) => before + blank(part.slice(before.length)))
}

/** One sentence for each effect in `text` that `file` may not have. */
export function findEffects(file, text) {
  const lines = codeOnly(text).split('\n')
  return EFFECTS.filter(({ allowed }) => !allowed(file)).flatMap(({ name, why, pattern }) =>
    lines.flatMap((line, index) =>
      pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}: ${why} (${name})`] : [],
    ),
  )
}

/** Checks every source file, and that every rule still notices what it forbids. */
function main() {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  const files = readdirSync(join(root, 'src'), { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `src/${name.replaceAll('\\', '/')}`)
  const problems = [
    ...files.flatMap((file) => findEffects(file, readFileSync(join(root, file), 'utf8'))),
    ...EFFECTS.filter(
      ({ name, breaks }) => !findEffects(...breaks).some((problem) => problem.includes(`(${name})`)),
    ).map(({ name }) => `The rule ${name} did not notice the line made to break it.`),
  ]
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.stdout.write(`${files.length} files, ${EFFECTS.length} rules\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
