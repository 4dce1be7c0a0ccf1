import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import { type Baking, bakeCake } from '../support/bake-cake.ts'
import { cakeShop } from '../support/cake-shop.ts'

const told = (baking: Baking, ms = 29_000) => {
  const story = bakeCake({ spans: false, everyMs: 50, ...baking })
  const { evidence, now } = story.known(ms)
  const { verdict, state, reason, unchecked } = evaluate(cakeShop, story.order, evidence, now)
  return { verdict: `${verdict}, ${state}`, reason, unchecked: unchecked.map(({ why }) => why) }
}

/** Nobody ever looks into the store of the photos: the first thing of the order that could not be checked. */
const ELSEWHERE = 'nobody looked into store after the upload'

describe('of an order that is not known to have come through', () => {
  test('the reason says why the first thing it lacks could not be told, not why another could not', () => {
    const { verdict, reason, unchecked } = told({
      shown: {
        kitchen: [
          ['PRICED', 1_500],
          ['ICED', 4_000],
        ],
      },
    })
    expect(unchecked).toContain(ELSEWHERE)
    expect({ verdict, reason }).toEqual({
      verdict: 'inconclusive, final',
      reason:
        'It is not known whether the order came through: BAKED at kitchen is not proven (no history of kitchen tells of it).',
    })
  })

  test('the reason of a link nobody told of is why the link’s receiver could not be asked', () => {
    const silent = (system: string, ms: number): boolean => system !== 'shop' && ms > 1_000
    const { verdict, reason, unchecked } = told({
      shown: { kitchen: [], desk: [] },
      finds: (system, _source, ms) => (silent(system, ms) ? { status: 'BURNT' } : undefined),
      requests: { '/orders/1001/bake': null, '/orders/1001/ice': null, '/orders/1001/give': null },
    })
    expect(unchecked).toContain(ELSEWHERE)
    expect({ verdict, reason }).toEqual({
      verdict: 'inconclusive, final',
      reason: expect.stringMatching(/: C3 \(shop → kitchen, .* is not proven \(kitchen answers BURNT; /),
    })
  })

  test('nothing is put in brackets where nothing stood in the way of knowing', () => {
    const { verdict, reason, unchecked } = told({
      shown: { kitchen: [['PRICED', 1_500]], desk: [['PRICED', 1_600]] },
      requests: { '/orders/1001/bake': null, '/orders/1001/ice': null, '/orders/1001/give': null },
      ended: 'order-stopped',
    })
    expect(unchecked).toContain(ELSEWHERE)
    expect({ verdict, reason }).toEqual({
      verdict: 'inconclusive, final',
      reason: expect.stringMatching(/: C5\/BAKED \(.*\) is not proven\.$/),
    })
  })
})
