import { describe, expect, it } from 'vitest'
import { chooseItems } from '../../src/drill/items.ts'
import { nearNames } from '../../src/drill/near-names.ts'
import { FAULTS } from '../../src/sandbox/launch.ts'

const probes = [{ name: 'shop-web', file: '/probes/shop-web.probe.ts' }]
const choose = (asked: Partial<Parameters<typeof chooseItems>[1]> = {}) =>
  chooseItems(FAULTS, { probes, names: [], seed: 1, ...asked })
const ids = (asked?: Parameters<typeof choose>[0]) => choose(asked).map(({ row }) => row.id)

describe('what a drill plays', () => {
  it('is all rows, healthy orders between them, and one by each probe of the user', () => {
    const items = choose()
    const healthy = items.filter(({ kind }) => kind === 'healthy')
    expect(items.length).toBeGreaterThan(FAULTS.length)
    expect(healthy.length).toBeGreaterThan(FAULTS.length / 5)
    expect(healthy.at(-1)?.row.probe).toBe('/probes/shop-web.probe.ts')
  })

  it('is what was named: a fault with all its rows, or one row', () => {
    expect(ids({ names: ['price-throws'] })).toContain('price-throws')
    const down = choose({ names: ['mes-down'] }).filter(({ kind }) => kind === 'break')
    expect(down.map(({ row }) => row.at)).toEqual(['H5', 'H9', 'H10'])
    expect(ids({ names: ['mes-down at H9'] }).filter((id) => !id.startsWith('healthy'))).toEqual(['mes-down at H9'])
  })

  it('is healthy orders alone where nothing else is named', () => {
    const items = choose({ healthy: 12 })
    expect(items).toHaveLength(12)
    expect(new Set(items.map(({ kind }) => kind))).toEqual(new Set(['healthy']))
    expect(items.filter(({ pause }) => pause !== undefined).length).toBeGreaterThan(1)
  })

  it('is the same pairs for the same seed, and others for another', () => {
    const pairs = ids({ random: 20, seed: 7 })
    expect(ids({ random: 20, seed: 7 })).toEqual(pairs)
    expect(ids({ random: 20, seed: 8 })).not.toEqual(pairs)
  })

  it('puts two breaks on one order only where both happen on the path of one flow', () => {
    const both = choose({ random: 60, seed: 3 }).flatMap(({ row }) => (row.beside === null ? [] : [row]))
    expect(both.length).toBeGreaterThan(10)
    for (const row of both) expect(row.beside?.story).toBe(row.story)
  })

  it('refuses a name nobody knows and says which was meant', () => {
    expect(() => choose({ names: ['price-trows'] })).toThrowError(
      expect.objectContaining({ code: 'bad-usage', actual: 'price-trows', expected: 'price-throws or price-wrong' }),
    )
  })
})

describe('names that were most likely meant', () => {
  it.each([
    ['mes-donw', ['mes-down', 'price-wrong'], ['mes-down']],
    ['storage-empty', ['storage-full', 'price-wrong'], ['storage-full']],
    ['zzz', ['mes-down'], []],
  ])('%s', (given, names, expected) => {
    expect(nearNames(given, names)).toEqual(expected)
  })
})
