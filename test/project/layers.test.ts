import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { findEffects } from '../../scripts/effects.ts'
import { cruiseLayers } from '../../scripts/layers/cruise.ts'
import { findToothlessRules } from '../../scripts/layers/prove.ts'

const project = join(import.meta.dirname, '..', '..')

let folder: string | undefined

function sourceTree(files: Record<string, string>): string {
  folder = mkdtempSync(join(tmpdir(), 'waybill-layers-'))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(join(folder, 'src', file, '..'), { recursive: true })
    writeFileSync(join(folder, 'src', file), text)
  }
  return folder
}

afterEach(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true })
  folder = undefined
})

describe('the layering rule', () => {
  test('sees the modules of this project', async () => {
    const { modules, edges } = await cruiseLayers(project)

    expect(modules).toBeGreaterThan(50)
    expect(edges).toBeGreaterThan(modules)
  })

  test('bites at every one of its rules', async () => {
    expect(await findToothlessRules(join(project, 'node_modules'))).toEqual([])
  })

  test('names the file, its target and the rule of a bad import, also of a type', async () => {
    const bad = sourceTree({
      'contract/contract.ts': "import type { Journey } from '../journey/journey.ts'\nexport type Contract = Journey\n",
      'journey/journey.ts': 'export type Journey = 1\n',
    })

    expect((await cruiseLayers(bad)).violations).toEqual([
      { rule: 'contract-is-below-evidence', from: 'src/contract/contract.ts', to: 'src/journey/journey.ts' },
    ])
  })

  test('says nothing of imports that go down', async () => {
    const good = sourceTree({
      'journey/journey.ts': "import type { Fact } from '../evidence/fact.ts'\nexport type Journey = Fact\n",
      'evidence/fact.ts': "import type { Nanos } from '../shared/units.ts'\nexport type Fact = Nanos\n",
      'shared/units.ts': 'export type Nanos = bigint\n',
    })

    expect(await cruiseLayers(good)).toEqual({ modules: 3, edges: 2, violations: [] })
  })
})

describe('the rule about effects', () => {
  test.each([
    ['src/app/run.ts', "process.on('SIGINT', stop)", 'ends-the-process'],
    ['src/store/open.ts', 'process.exit(1)', 'ends-the-process'],
    ['src/journey/clocks.ts', 'const now = Date.now()', 'reads-the-clock'],
    ['src/evidence/correlate.ts', 'setTimeout(again, 10)', 'reads-the-clock'],
    ['src/diagnosis/verdict.ts', 'return Math.random()', 'reaches-out'],
  ])('finds in %s: %s', (file, line, rule) => {
    expect(findEffects(file, `export {}\n${line}\n`)).toEqual([expect.stringMatching(`^${file}:2: .*\\(${rule}\\)$`)])
  })

  test.each([
    ['src/cli/main.ts', 'process.exit(1)'],
    ['src/evidence/otlp/listen.ts', 'setTimeout(again, 10)'],
    ['src/journey/clocks.ts', '// never Date.now() here'],
  ])('allows in %s: %s', (file, line) => {
    expect(findEffects(file, line)).toEqual([])
  })
})
