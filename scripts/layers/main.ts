import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruiseLayers } from './cruise.ts'
import { findToothlessRules } from './prove.ts'
import { RULES } from './rules.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
).length

const [{ modules, edges, violations }, toothless] = await Promise.all([
  cruiseLayers(root),
  findToothlessRules(join(root, 'node_modules')),
])

const problems = [
  ...violations.map(
    ({ rule, from, to }) => `${from} imports ${to}: ${RULES.find(({ name }) => name === rule)?.why} (${rule})`,
  ),
  ...toothless.map((name) => `The rule ${name} did not notice the import made to break it.`),
  ...(modules < sources ? [`Only ${modules} modules were seen, but src holds ${sources} files.`] : []),
]
for (const problem of problems) process.stdout.write(`${problem}\n`)
process.stdout.write(
  `${modules} modules, ${edges} imports, ${RULES.length} rules, each proven on an import that breaks it\n`,
)
process.exitCode = problems.length === 0 ? 0 : 1
