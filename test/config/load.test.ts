import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadConfig, loadContract } from '../../src/config/load.ts'
import { asWaybillError } from '../../src/shared/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'waybill-config-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const written = (name: string, text: string): string => {
  const file = join(folder, name)
  writeFileSync(file, text)
  return file
}
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(() => undefined, asWaybillError)
  return { code: error?.code, sentence: error?.sentence() ?? '' }
}

describe('a configuration file', () => {
  it('of this repository loads, and its contract is right', async () => {
    const loaded = await loadConfig('probes/waybill.config.ts')
    expect(loaded.config.system).toBe('sandbox')
    const contract = await loadContract(loaded, undefined, 'fast')
    expect(Object.keys(contract.stages)).toHaveLength(10)
    expect(Object.keys((await loadContract(loaded, undefined, 'realistic')).flows)).toEqual(['customer', 'partner'])
  })

  it('that is not there is one sentence with what to do', async () => {
    const { code, sentence } = await refusal(loadConfig(join(folder, 'none.ts')))
    expect(code).toBe('bad-configuration')
    expect(sentence).toContain('There is no configuration here. Name another with --config FILE.')
  })

  it('with mistakes names all of them', async () => {
    const file = written(
      'mistakes.config.ts',
      `export default { system: '', sources: { otlp: { http: 'everywhere' }, statusApi: { systems: { shop: { path: '/orders', status: 's' } } } }, colour: 1 }`,
    )
    const { sentence } = await refusal(loadConfig(file))
    expect(sentence).toContain('4 mistakes:')
    expect(sentence).toContain('sources.otlp.http: expected an address such as "127.0.0.1:4318", found "everywhere"')
    expect(sentence).toContain(
      'sources.statusApi.systems.shop.path: expected a path that holds {order}, found "/orders"',
    )
    expect(sentence).toContain('colour: expected no such key, found it')
  })

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['with a syntax error', 'export default {', /broken-0.config.ts.*cannot be loaded/],
    ['that throws', `throw new Error('no such shop')\nexport default {}`, /cannot be loaded: no such shop/],
    ['that exports nothing', 'export const system = 1', /exports nothing. Expected a default export, found none/],
    [
      'that imports what is not there',
      `import './nowhere.ts'\nexport default {}`,
      /cannot be loaded: Cannot find module/,
    ],
  ]
  it.each(broken.map((row, index) => [...row, index] as const))(
    '%s is one sentence',
    async (_title, text, wanted, index) => {
      const { code, sentence } = await refusal(loadConfig(written(`broken-${index}.config.ts`, text)))
      expect(code).toBe('bad-configuration')
      expect(sentence).toMatch(wanted)
    },
  )

  it('without a contract says how to name one', async () => {
    const loaded = await loadConfig(written('bare.config.ts', `export default { system: 'shop' }`))
    expect((await refusal(loadContract(loaded, undefined, 'fast'))).sentence).toContain(
      'Set contract in the configuration',
    )
  })
})
