import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { FAULTS } from '../../../src/sandbox/faults/catalogue.ts'

it('has every fault once, and each as the documentation tells it', async () => {
  const told = await readFile(new URL('../../../docs/sandbox.md', import.meta.url), 'utf8')
  const section = told.slice(told.indexOf('\n## Faults\n'))
  const table = section.split('\n').filter((line) => line.startsWith('| `'))
  const rows = FAULTS.map(
    ({ name, scopes, parts, changes }) => `| \`${name}\` | ${scopes.join(', ')} | ${parts.join(', ')} | ${changes} |`,
  )
  expect(table).toEqual(rows)
  expect(new Set(FAULTS.map(({ name }) => name)).size).toBe(FAULTS.length)
})
