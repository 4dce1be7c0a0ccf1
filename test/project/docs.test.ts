import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { demoCommand } from '../../src/cli/demo.ts'
import { doctorCommand } from '../../src/cli/doctor.ts'
import { drillCommand } from '../../src/cli/drill.ts'
import { faultsCommand } from '../../src/cli/faults.ts'
import { runCommand } from '../../src/cli/run.ts'
import { sandboxCommand } from '../../src/cli/sandbox.ts'
import { loadConfig, loadContract } from '../../src/config/load.ts'

const project = join(import.meta.dirname, '..', '..')
const docs = join(project, 'docs')
const read = (file: string): string => readFileSync(join(project, file), 'utf8')
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(docs, { recursive: true, encoding: 'utf8' }).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md') && existsSync(join(project, name)))

describe('the example of docs/own-system.md', () => {
  test('has a configuration and a contract without a mistake', async () => {
    const loaded = await loadConfig(join(docs, 'examples', 'cakes.config.ts'))
    const contract = await loadContract(loaded, undefined, 'realistic')

    expect(Object.keys(contract.stages)).toEqual(['ORDERED', 'BAKED'])
    expect(Object.keys(loaded.config.targets ?? {})).toEqual(Object.keys(contract.systems))
  })

  test.each(['cakes.contract.ts', 'cakes.config.ts', 'cake.probe.ts'])('shows %s as it is', (file) => {
    expect(read('docs/own-system.md')).toContain(`// ${file}\n${read(`docs/examples/${file}`)}`)
  })
})

describe('the documents', () => {
  test.each(pages)('%s links only to files that are there', (page) => {
    const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, target]) => target ?? '')

    expect(links.filter((target) => !existsSync(join(project, dirname(page), target)))).toEqual([])
  })

  test('docs/adding.md names only files that are there', () => {
    const named = [...read('docs/adding.md').matchAll(/`((?:src|test|scripts|docs|probes)\/[\w./-]+)`/g)].map(
      ([, file]) => file ?? '',
    )

    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((file) => !existsSync(join(project, file)))).toEqual([])
  })

  test('name only commands and flags that there are', () => {
    const makers = [demoCommand, doctorCommand, drillCommand, faultsCommand, runCommand, sandboxCommand]
    const context = { signal: new AbortController().signal, end: () => {}, endWell: () => {} }
    const flags = new Map(
      makers.map((make) => {
        const { command } = make(context)
        return [command.name(), ['--help', ...command.options.map(({ long }) => long)]] as const
      }),
    )
    const wrong = pages.flatMap((page) =>
      [...read(page).matchAll(/npx waybill ([a-z-]+)(.*)/g)].flatMap(([line, command = '', rest = '']) => {
        const named = [...rest.matchAll(/--[a-z-]+/g)].map(([flag]) => flag)
        return named.every((flag) => flags.get(command)?.includes(flag)) && flags.has(command)
          ? []
          : [`${page}: ${line}`]
      }),
    )

    expect(wrong).toEqual([])
  })
})
