import { describe, expect, test } from 'vitest'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import { statusSkipped } from '../../../src/diagnosis/rules/status-skipped.ts'
import { type Baking, bakeCake, look } from '../../support/bake-cake.ts'
import { cakeShop } from '../../support/cake-shop.ts'
import { everSaid, judgeBy } from '../../support/judge-by.ts'

const withoutBaked: Baking = {
  shown: {
    kitchen: [
      ['PRICED', 1_500],
      ['ICED', 4_000],
    ],
    desk: [
      ['PRICED', 1_600],
      ['ICED', 4_100],
      ['GIVEN', 5_000],
    ],
  },
  requests: { '/orders/1001/bake': null },
}
const withoutNews: Baking = {
  shown: {
    desk: [
      ['PRICED', 1_600],
      ['ICED', 4_100],
      ['GIVEN', 5_000],
    ],
  },
}

describe('a stage the order never had', () => {
  test('is left out by the owner’s history', () => {
    const story = bakeCake({ ...withoutBaked, spans: false, history: true })
    expect(everSaid(statusSkipped, cakeShop, story)).toEqual(['status-skipped C5 BAKED'])
  })
  test('is left out by rows with a history', () => {
    const story = bakeCake({ ...withoutBaked, spans: false, history: true, sources: ['postgres'] })
    expect(everSaid(statusSkipped, cakeShop, story)).toEqual(['status-skipped C5 BAKED'])
  })
  test('was asked for by nobody and set by no span', () => {
    expect(everSaid(statusSkipped, cakeShop, bakeCake(withoutBaked))).toEqual(['status-skipped C5 BAKED'])
  })
  test('breaks the order there and nowhere else', () => {
    const story = bakeCake({ ...withoutBaked, spans: false, history: true })
    const { evidence, now } = story.known(25_000)
    const { verdict, findings } = evaluate(cakeShop, story.order, evidence, now)
    const breaks = findings.filter(({ severity }) => severity === 'broken')
    expect({ verdict, places: breaks.map(({ code, handoff }) => `${code} ${handoff}`) }).toEqual({
      verdict: 'broken',
      places: ['status-skipped C5'],
    })
  })
})

describe('a stage nobody happened to see', () => {
  const unseen: readonly { how: string; baking: Baking }[] = [
    { how: 'because answers tell no history', baking: { ...withoutBaked, spans: false } },
    { how: 'because its span was not kept, though it was asked for', baking: { ...withoutBaked, requests: {} } },
    {
      how: 'because its history forgets its beginning',
      baking: {
        ...withoutBaked,
        spans: false,
        requests: {},
        finds: (system, _source, ms) =>
          system === 'kitchen' && ms > 4_000 ? { status: 'ICED', history: ['ICED'] } : undefined,
      },
    },
  ]
  test.each(unseen)('$how is not called skipped, but listed as unchecked', ({ baking }) => {
    const story = bakeCake(baking)
    expect(everSaid(statusSkipped, cakeShop, story)).toEqual([])
    expect(judgeBy(statusSkipped, cakeShop, story, 25_000).unchecked.map(({ stage }) => stage)).toContain('BAKED')
  })
})

describe('news that was left out on the way to a mirror', () => {
  test('is its hand-off’s, once it is due', () => {
    const story = bakeCake({ ...withoutNews, spans: false, history: true })
    expect(everSaid(statusSkipped, cakeShop, story)).toEqual(['status-skipped C6 BAKED'])
    expect(judgeBy(statusSkipped, cakeShop, story, 6_000).findings).toEqual([])
  })
  test('is awaited, and not called a message never sent, until a history from after its time tells', () => {
    const story = bakeCake({ ...withoutNews, history: true, everyMs: 3_000 })
    for (let ms = 8_200; ms < 9_000; ms += 200) look(story, 'postgres', 'desk', ms, { status: 'GIVEN' })
    const breaksAt = (ms: number) => {
      const { evidence, now } = story.known(ms)
      const { findings } = evaluate(cakeShop, story.order, evidence, now)
      return findings.filter(({ severity }) => severity === 'broken').map(({ code }) => code)
    }
    expect({ soon: breaksAt(8_990), later: breaksAt(9_500) }).toEqual({ soon: [], later: ['status-skipped'] })
  })
  test('is not told where the news was sent', () => {
    const story = bakeCake({ ...withoutNews, history: true })
    story.span({
      service: 'kitchen',
      name: 'publish',
      kind: 'producer',
      from: 3_010,
      to: 3_015,
      attributes: {
        'order.id': '1001',
        'messaging.system': 'rabbitmq',
        'messaging.destination.name': 'cakes',
        'messaging.rabbitmq.destination.routing_key': 'cake.baked',
      },
    })
    expect(everSaid(statusSkipped, cakeShop, story)).toEqual([])
  })
})

describe('a stage that was set out of its turn', () => {
  /** The desk gives the cake away at 1.8 s, before the kitchen has baked it; news of the kitchen's come to nothing there. */
  const givenEarly = (more: Baking = {}): Baking => ({
    history: true,
    shown: {
      desk: [
        ['PRICED', 1_600],
        ['GIVEN', 1_800],
      ],
    },
    requests: { '/orders/1001/give': null },
    ...more,
  })
  test('is told as such, whoever set it, and explains what comes to nothing behind it', () => {
    const story = bakeCake(givenEarly())
    expect(everSaid(statusSkipped, cakeShop, story)).toContain('status-skipped - GIVEN')
    const { evidence, now } = story.known(25_000)
    const breaks = evaluate(cakeShop, story.order, evidence, now).findings.filter(
      ({ severity }) => severity === 'broken',
    )
    expect(breaks.map(({ code, handoff, stage }) => `${code} ${handoff} ${stage}`)).toEqual([
      'status-skipped null GIVEN',
    ])
  })
  test('is told from answers alone, where the kitchen never goes on', () => {
    const story = bakeCake(
      givenEarly({
        spans: false,
        shown: {
          kitchen: [['PRICED', 1_500]],
          desk: [
            ['PRICED', 1_600],
            ['GIVEN', 1_800],
          ],
        },
        requests: { '/orders/1001/bake': null, '/orders/1001/ice': null, '/orders/1001/give': null },
      }),
    )
    expect(everSaid(statusSkipped, cakeShop, story)).toEqual(['status-skipped - GIVEN'])
  })
  test('is told as soon as two sources agree that the kitchen had not come so far', () => {
    const quick = (sources: Baking['sources']): Baking =>
      givenEarly({
        ...(sources === undefined ? {} : { sources }),
        spans: false,
        shown: {
          kitchen: [
            ['PRICED', 1_500],
            ['BAKED', 2_000],
            ['ICED', 2_300],
          ],
          desk: [
            ['PRICED', 1_600],
            ['GIVEN', 1_800],
          ],
        },
      })
    expect(everSaid(statusSkipped, cakeShop, bakeCake(quick(['status-api', 'postgres'])))).toContain(
      'status-skipped - GIVEN',
    )
    expect(everSaid(statusSkipped, cakeShop, bakeCake(quick(['status-api'])))).not.toContain('status-skipped - GIVEN')
  })
  const inTurn: readonly { how: string; baking: Baking }[] = [
    { how: 'in its turn', baking: { history: true } },
    {
      how: 'in its turn, while all news before it was lost',
      baking: {
        history: true,
        shown: {
          desk: [
            ['PRICED', 1_600],
            ['GIVEN', 5_000],
          ],
        },
      },
    },
    {
      how: 'in its turn, while the kitchen is answered from a copy that lags',
      baking: {
        history: true,
        spans: false,
        shown: {
          desk: [
            ['PRICED', 1_600],
            ['GIVEN', 5_000],
          ],
        },
        finds: (system, _source, ms) =>
          system === 'kitchen' && ms > 4_000 && ms < 6_000
            ? { status: 'BAKED', history: ['PRICED', 'BAKED'] }
            : undefined,
      },
    },
    { how: 'by a system that tells no history', baking: { ...givenEarly(), history: false } },
  ]
  test.each(inTurn)('is not told of one that was set $how', ({ baking }) => {
    expect(everSaid(statusSkipped, cakeShop, bakeCake(baking))).not.toContain('status-skipped - GIVEN')
  })
})
