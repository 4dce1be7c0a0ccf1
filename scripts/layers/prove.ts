import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { cruiseLayers } from './cruise.ts'
import { type LayerRule, RULES } from './rules.ts'

/** A small source tree in which every rule is broken once, by a type import where the target is a file of ours. */
function writeBadTree(folder: string): void {
  const write = (file: string, text: string) => {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  for (const { name, breaks } of RULES) {
    const [from, target] = breaks
    const isOurs = target.startsWith('.')
    write(from, isOurs ? `import type { T } from '${target}'\nexport type U = T\n` : `import '${target}'\n`)
    if (!isOurs || name === 'leads-somewhere') continue
    const back = name === 'no-cycles' ? `import type { U } from './${from.split('/').at(-1)}'\nexport type V = U\n` : ''
    write(normalize(join(dirname(from), target)), `${back}export type T = 1\n`)
  }
}

/** Names of the rules that do not notice the import made to break them; empty when every rule bites. */
export async function findToothlessRules(modulesFolder: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-layers-'))
  try {
    writeBadTree(folder)
    symlinkSync(modulesFolder, join(folder, 'node_modules'))
    const { violations } = await cruiseLayers(folder)
    const bites = ({ name, breaks }: LayerRule) =>
      violations.some(({ rule, from }) => rule === name && from === breaks[0])
    return RULES.filter((rule) => !bites(rule)).map(({ name }) => name)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
