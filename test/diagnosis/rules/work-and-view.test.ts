import { describe, expect, test } from 'vitest'
import type { Contract } from '../../../src/contract/contract.ts'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import { hopSlow } from '../../../src/diagnosis/rules/hop-slow.ts'
import { notVisible } from '../../../src/diagnosis/rules/not-visible.ts'
import { priceWrong } from '../../../src/diagnosis/rules/price-wrong.ts'
import { type Baking, bakeCake, fact, fileChecked, fileSent, HEALTHY, looked } from '../../support/bake-cake.ts'
import { cakeShop } from '../../support/cake-shop.ts'
import { everSaid, judgeBy, placesOf } from '../../support/judge-by.ts'
import { moment } from '../../support/story.ts'

describe('a price', () => {
  const priced = (price: (ms: number) => string | undefined, expected: string | null = '4900') => {
    const story = bakeCake({
      finds: (system, _source, ms) => {
        const value = price(ms)
        if (system !== 'kitchen' || ms < 1_500) return undefined
        const status = HEALTHY.kitchen?.findLast(([, at]) => at <= ms)?.[0] ?? null
        return { status, content: value === undefined ? {} : { price: value } }
      },
    })
    if (expected !== null)
      story.fact({ ...fact('expected', 'probe', 100), kind: 'content-expected', name: 'price', value: expected })
    return story
  }
  test.each([
    { how: 'that is right', price: () => '4900', places: [] },
    { how: 'that is the same number', price: () => '4900.00', places: [] },
    { how: 'that was put right', price: (ms: number) => (ms < 2_000 ? '490' : '4900'), at: 5_000, places: [] },
    { how: 'that is a tenth', price: () => '490', places: ['price-wrong - PRICED'] },
    { how: 'that is no number', price: () => 'NaN', places: ['price-wrong - PRICED'] },
  ])('$how', ({ price, places }) => {
    expect(placesOf(judgeBy(priceWrong, cakeShop, priced(price), 6_000))).toEqual(places)
  })
  test('is not judged before the stage that works it out', () => {
    const story = bakeCake({
      finds: (system, _source, ms) =>
        system === 'kitchen' && ms < 1_500 ? { status: null, content: { price: '0' } } : undefined,
    })
    story.fact({ ...fact('expected', 'probe', 100), kind: 'content-expected', name: 'price', value: '4900' })
    expect(everSaid(priceWrong, cakeShop, story)).toEqual([])
  })
  test('that is wrong waits a moment for a look at the file, which may be another than was sent', () => {
    const unlooked = priced(() => '490')
    expect(judgeBy(priceWrong, cakeShop, unlooked, 1_900)).toMatchObject({
      findings: [],
      pending: [{ what: 'a look at the file it was worked out from' }],
    })
    const looked = priced(() => '490')
    fileSent(looked, 150)
    fileChecked(looked, 1_000)
    expect(placesOf(judgeBy(priceWrong, cakeShop, looked, 1_900))).toEqual(['price-wrong - PRICED'])
  })
  test('nobody expects is not judged; one nobody tells is unchecked', () => {
    expect(
      judgeBy(
        priceWrong,
        cakeShop,
        priced(() => '1', null),
        20_000,
      ),
    ).toMatchObject({ findings: [], unchecked: [] })
    const silent = judgeBy(
      priceWrong,
      cakeShop,
      priced(() => undefined),
      20_000,
    )
    expect(silent.unchecked.map(({ code, stage }) => `${code} ${stage}`)).toEqual(['price-wrong PRICED'])
  })
})

describe('a price at a mirror', () => {
  const told = (kitchen: string | undefined, desk: (ms: number) => string | undefined) => {
    const story = bakeCake({
      finds: (system, _source, ms) => {
        const value = system === 'kitchen' ? kitchen : desk(ms)
        const status = HEALTHY[system]?.findLast(([, at]) => at <= ms)?.[0]
        if (system === 'shop' || status === undefined) return undefined
        return { status, content: value === undefined ? {} : { price: value } }
      },
    })
    story.fact({ ...fact('expected', 'probe', 100), kind: 'content-expected', name: 'price', value: '4900' })
    return story
  }
  test.each([
    { how: 'that is the same', desk: () => '4900.0', places: [] },
    { how: 'that is another went wrong on its way', desk: () => '49', places: ['price-wrong C4 PRICED'] },
    { how: 'that comes a moment after its status', desk: (ms: number) => (ms < 2_600 ? '0' : '4900'), places: [] },
    { how: 'that nobody tells', desk: () => undefined, places: [] },
  ])('$how', ({ desk, places }) => {
    expect(everSaid(priceWrong, cakeShop, told('4900', desk))).toEqual(places)
  })
  test('of an owner that worked it out wrong is the owner’s', () => {
    expect(
      everSaid(
        priceWrong,
        cakeShop,
        told('490', () => '490'),
      ),
    ).toEqual(['price-wrong - PRICED'])
  })
  test('of an owner that does not tell its own cannot be placed, nor passed', () => {
    expect(
      judgeBy(
        priceWrong,
        cakeShop,
        told(undefined, () => '49'),
        20_000,
      ),
    ).toMatchObject({ findings: [], pending: [{ until: null }] })
  })
})

describe('a page', () => {
  const board = (
    looks: readonly (readonly [ms: number, outcome: Parameters<typeof looked>[2]])[],
    more: Baking = {},
  ) => {
    const story = bakeCake({
      shown: { kitchen: [['PRICED', 1_500]], desk: [['PRICED', 1_600]] },
      requests: { '/orders/1001/bake': null, '/orders/1001/ice': null, '/orders/1001/give': null },
      ...more,
    })
    for (const [ms, outcome] of looks) looked(story, ms, outcome)
    return story
  }
  const every = (outcome: Parameters<typeof looked>[2]) =>
    [1_000, 2_000, 3_000, 4_000, 5_000].map((ms) => [ms, outcome] as const)

  test.each(['not-shown', 'wrong', 'no-answer'] as const)(
    'that was %s all the time does not show the order',
    (outcome) => {
      expect(everSaid(notVisible, cakeShop, board(every(outcome)))).toEqual(['not-visible C5 PRICED'])
    },
  )
  test('is judged from when it is due, not before', () => {
    expect(judgeBy(notVisible, cakeShop, board(every('not-shown')), 3_400).findings).toEqual([])
    expect(judgeBy(notVisible, cakeShop, board(every('not-shown')), 4_100).findings).toHaveLength(1)
  })
  test('that showed the order once does', () => {
    expect(everSaid(notVisible, cakeShop, board([...every('not-shown'), [2_500, 'shown']]))).toEqual([])
  })
  test('need not show an order that has gone on', () => {
    expect(everSaid(notVisible, cakeShop, board(every('not-shown'), { shown: {}, requests: {} }))).toEqual([])
  })
  test('is not blamed for one look, or for looks before its time', () => {
    expect(everSaid(notVisible, cakeShop, board([[4_000, 'not-shown']]))).toEqual([])
    expect(
      everSaid(
        notVisible,
        cakeShop,
        board([
          [1_000, 'not-shown'],
          [4_000, 'not-shown'],
        ]),
      ),
    ).toEqual([])
    expect(
      everSaid(
        notVisible,
        cakeShop,
        board([
          [1_000, 'not-shown'],
          [2_000, 'not-shown'],
          [3_000, 'not-shown'],
        ]),
      ),
    ).toEqual([])
  })
  test('is not blamed for news that has not come to its system', () => {
    const contract: Contract = {
      ...cakeShop,
      views: {
        'the bakers’ board': { system: 'desk', path: '/', shows: 'PRICED', handoff: 'C7', within: '1 s', entry: 'x' },
      },
    }
    expect(
      everSaid(notVisible, contract, board(every('not-shown'), { shown: { kitchen: [['PRICED', 1_500]], desk: [] } })),
    ).toEqual([])
  })
  test('that does not answer because its system is away is not blamed', () => {
    const story = board(every('no-answer'), { everyMs: 100_000 })
    for (let ms = 10; ms < 29_000; ms += 200)
      story.fact(
        ms < 1_900
          ? {
              ...fact(`a:${ms}`, 'status-api', ms),
              kind: 'status-answered',
              system: 'kitchen',
              status: ms > 1_500 ? 'PRICED' : null,
              history: null,
              poll: null,
            }
          : {
              ...fact(`a:${ms}`, 'status-api', ms),
              kind: 'status-unavailable',
              system: 'kitchen',
              why: 'refused',
              detail: 'refused',
              poll: null,
            },
      )
    expect(everSaid(notVisible, cakeShop, story)).toEqual([])
  })
  test('is waited for a while where pages are looked at, and unchecked where none is', () => {
    expect(judgeBy(notVisible, cakeShop, board([[1_000, 'not-shown']]), 4_000).pending).toHaveLength(1)
    expect(judgeBy(notVisible, cakeShop, board([[1_000, 'not-shown']]), 25_000).pending ?? []).toEqual([])
    expect(judgeBy(notVisible, cakeShop, board([]), 4_000).unchecked.map(({ code }) => code)).toEqual(['not-visible'])
  })
  test('explains the person who never acts', () => {
    const story = board(every('not-shown'))
    const { evidence, now } = story.known(29_000)
    const breaks = evaluate(cakeShop, story.order, evidence, now).findings.filter(
      ({ severity }) => severity === 'broken',
    )
    expect(breaks.map(({ code, handoff }) => `${code} ${handoff}`)).toEqual(['not-visible C5'])
  })
})

describe('a hop or stage', () => {
  const late: Baking = {
    shown: {
      kitchen: [
        ['PRICED', 2_900],
        ['BAKED', 4_000],
        ['ICED', 5_000],
      ],
      desk: [
        ['PRICED', 3_000],
        ['BAKED', 4_100],
        ['ICED', 5_100],
        ['GIVEN', 6_000],
      ],
    },
  }
  test('that surely took longer than its objective is slow', () => {
    expect(everSaid(hopSlow, cakeShop, bakeCake(late))).toEqual(['hop-slow - PRICED'])
  })
  test('that may have kept it within its uncertainty is not', () => {
    expect(everSaid(hopSlow, cakeShop, bakeCake({ ...late, spans: false, everyMs: 900 }))).toEqual([])
  })
  test('that is slow because of one hop in it is told by the hop alone', () => {
    const story = bakeCake(late)
    const message = {
      'order.id': '1001',
      'messaging.system': 'rabbitmq',
      'messaging.destination.name': 'cakes',
      'messaging.rabbitmq.destination.routing_key': 'cake.placed',
    }
    const parent = story.span({
      service: 'shop',
      name: 'publish',
      kind: 'producer',
      from: 205,
      to: 208,
      attributes: message,
    })
    story.span({
      service: 'kitchen',
      name: 'process',
      kind: 'consumer',
      from: 2_700,
      to: 2_905,
      parent,
      remote: true,
      attributes: message,
    })
    expect(everSaid(hopSlow, cakeShop, story)).toEqual(['hop-slow C3 -'])
    const [slow] = judgeBy(hopSlow, cakeShop, story, 9_000).findings
    expect(slow?.finding).toMatchObject({ class: 'time', severity: 'degraded' })
    expect(slow?.finding.detectedAt).toBeLessThan(moment(9_000))
  })
})
