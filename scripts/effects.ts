import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PURE = /^src\/(contract|journey|diagnosis)\/|^src\/evidence\/[^/]+\.ts$/
/** Files that are a process of their own, or the frame that every such file runs in. */
const ENTRY_POINT =
  /^src\/cli\/|^src\/sandbox\/(.+\/)?main\.ts$|^src\/sandbox\/service\/start\.ts$|^src\/probe\/ipc-reporter\.ts$/

interface Effect {
  readonly name: string
  readonly why: string
  readonly pattern: RegExp
  readonly allowed: (file: string) => boolean
  /** A file and a line in it that the rule must notice. */
  readonly breaks: readonly [file: string, line: string]
}

/** Calls that act on the process or read the world, and the only files that may hold them. */
const EFFECTS: readonly Effect[] = [
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

/** The text with its comments blanked, line by line as before. */
function codeOnly(text: string): string {
  const blank = (part: string) => part.replace(/[^\n]/g, ' ')
  return text
    .replace(/\/\*[\s\S]*?\*\//g, blank)
    .replace(/(^|[^:'"`])\/\/[^\n]*/g, (part, before: string) => before + blank(part.slice(before.length)))
}

/** One sentence for each effect in `text` that `file` may not have. */
export function findEffects(file: string, text: string): string[] {
  const lines = codeOnly(text).split('\n')
  return EFFECTS.filter(({ allowed }) => !allowed(file)).flatMap(({ name, why, pattern }) =>
    lines.flatMap((line, index) =>
      pattern.test(line) ? [`${file}:${index + 1}: ${line.trim()}: ${why} (${name})`] : [],
    ),
  )
}

/** Checks every source file, and that every rule still notices what it forbids. */
function main(): void {
  const root = join(dirname(fileURLToPath(import.meta.url)), '..')
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
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
