// Makes .env for docker compose with fresh passwords; one that exists is left alone.
import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const SECRET_BYTES = 24

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { values } = parseArgs({ options: { out: { type: 'string', default: join(root, '.env') } } })

/** The names are those of the example, so that the two cannot drift apart. Hexadecimal, because most end up inside a URL. */
const lines = readFileSync(join(root, 'deploy', 'env.example'), 'utf8')
  .split('\n')
  .map((line) => (/^[A-Z0-9_]+=$/.test(line) ? `${line}${randomBytes(SECRET_BYTES).toString('hex')}` : line))

try {
  writeFileSync(values.out, lines.join('\n'), { flag: 'wx', mode: 0o600 })
  process.stdout.write(`${values.out} made with fresh passwords\n`)
} catch (error) {
  if (error.code !== 'EEXIST') throw error
  process.stdout.write(`${values.out} exists and was left alone\n`)
}
