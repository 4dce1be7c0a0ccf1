import { describe, expect, test } from 'vitest'
import type { Contract } from '../../../src/contract/contract.ts'
import { evaluate } from '../../../src/diagnosis/evaluate.ts'
import { orderChanged } from '../../../src/diagnosis/rules/order-changed.ts'
import { orderDeleted } from '../../../src/diagnosis/rules/order-deleted.ts'
import { orderDuplicated } from '../../../src/diagnosis/rules/order-duplicated.ts'
import { orderNotSaved } from '../../../src/diagnosis/rules/order-not-saved.ts'
import { type Baking, bakeCake, fact, fileSent, type Look, look, settingOf } from '../../support/bake-cake.ts'
import { cakeShop } from '../../support/cake-shop.ts'
import { everSaid, judgeBy } from '../../support/judge-by.ts'
import type { Story } from '../../support/story.ts'

/** The kitchen deletes the cake before it is priced; nothing happens after that. */
const deleted = (sources: NonNullable<Baking['sources']>): Story =>
  bakeCake({
    sources,
    spans: false,
    shown: { kitchen: [['PHOTO', 500]], desk: [] },
    requests: { '/orders/1001/bake': null, '/orders/1001/ice': null, '/orders/1001/give': null },
    finds: (system, _source, ms) => (system === 'kitchen' && ms > 1_000 ? { status: null } : undefined),
  })

describe('an order that is gone while it has stages to come', () => {
  test('is deleted, as its row tells within seconds', () => {
    const story = deleted(['postgres'])
    expect(everSaid(orderDeleted, cakeShop, story)).toEqual(['order-deleted - PRICED'])
    expect(judgeBy(orderDeleted, cakeShop, story, 3_000).findings).toHaveLength(1)
  })
  test('is deleted, as an answer tells that stands for long enough', () => {
    const story = deleted(['status-api'])
    expect(judgeBy(orderDeleted, cakeShop, story, 8_000)).toMatchObject({ findings: [], pending: [{}] })
    expect(everSaid(orderDeleted, cakeShop, story)).toEqual(['order-deleted - PRICED'])
  })
  test('was not deleted where the same door shows it again', () => {
    const story = bakeCake({
      spans: false,
      finds: (system, _source, ms) =>
        system === 'kitchen' && ms > 2_000 && ms < 15_000 ? { status: null } : undefined,
    })
    expect(judgeBy(orderDeleted, cakeShop, story, 20_000)).toMatchObject({ findings: [], pending: [] })
  })
  test('is one finding with all that comes of it', () => {
    const story = deleted(['postgres'])
    const { evidence, now } = story.known(29_000)
    const breaks = evaluate(cakeShop, story.order, evidence, now).findings.filter(
      ({ severity }) => severity === 'broken',
    )
    expect(breaks.map(({ code, stage }) => `${code} ${stage}`)).toEqual(['order-deleted PRICED'])
  })
})

describe('an order that no look was quick enough to see', () => {
  /** The kitchen's spans set a status and work on; every look says that it has no such order. */
  const unseen = (more: Baking = {}, work = 'work out the price'): Story => {
    const story = bakeCake({
      shown: { kitchen: [['PHOTO', 500]], desk: [] },
      requests: { '/orders/1001/bake': null, '/orders/1001/ice': null, '/orders/1001/give': null },
      finds: (system) => (system === 'kitchen' ? { status: null } : undefined),
      ...more,
    })
    story.span({ service: 'kitchen', name: work, from: 520, to: 900, attributes: { 'order.id': '1001' } })
    return story
  }
  const { PRICED, ...stages } = cakeShop.stages
  const contract: Contract = {
    ...cakeShop,
    stages: { ...stages, ...(PRICED === undefined ? {} : { PRICED: { ...PRICED, work: ['work out the price'] } }) },
  }
  test('was deleted, which is said once what is awaited is overdue', () => {
    expect(judgeBy(orderDeleted, contract, unseen(), 14_000).findings).toEqual([])
    expect(everSaid(orderDeleted, contract, unseen())).toEqual(['order-deleted - PRICED'])
  })
  test('was not deleted where nobody worked on it after it was said to be set', () => {
    expect(everSaid(orderDeleted, contract, unseen({}, 'something else'))).toEqual([])
  })
  test('was not deleted where it goes on, whatever is looked at', () => {
    const looksElsewhere: Baking = { shown: {}, requests: {} }
    expect(everSaid(orderDeleted, contract, unseen(looksElsewhere))).toEqual([])
  })
  test('was not deleted at the system it was placed at, which never saved it', () => {
    const story = unseen({
      shown: { kitchen: [], desk: [] },
      finds: (system) => (system === 'shop' ? { status: null } : undefined),
    })
    expect(everSaid(orderDeleted, contract, story)).toEqual([])
  })
})

describe('a status that its own span claims', () => {
  const stored: Contract = {
    ...cakeShop,
    handoffs: {
      ...cakeShop.handoffs,
      D1: { kind: 'shared-database', from: 'shop', to: 'store', table: 'cakes', operation: 'write', within: '5 s' },
      D2: { kind: 'shared-database', from: 'store', to: 'kitchen', table: 'cakes', operation: 'read', within: '5 s' },
    },
    flows: {
      cake: {
        bornIn: 'shop',
        path: [
          { handoff: 'C1' },
          { stage: 'PLACED' },
          { handoff: 'D1' },
          { stage: 'PHOTO' },
          { handoff: 'D2' },
          { stage: 'PRICED' },
        ],
      },
    },
  }
  const claimed = (finds: Baking['finds'], priced: [string, number][] = []): Story =>
    bakeCake({
      shown: { kitchen: priced, desk: priced },
      requests: { '/orders/1001/bake': null, '/orders/1001/ice': null, '/orders/1001/give': null },
      ...(finds === undefined ? {} : { finds }),
    })
  const breaksOf = (story: Story): readonly string[] => {
    const { evidence, now } = story.known(29_000)
    const { findings } = evaluate(stored, story.order, evidence, now)
    return findings.filter(({ severity }) => severity === 'broken').map(({ code, handoff }) => `${code} ${handoff}`)
  }
  test('and its owner denies for good was never saved, and crossed nothing', () => {
    expect(breaksOf(claimed((system) => (system === 'shop' ? { status: 'PLACED' } : undefined)))).toEqual([
      'order-not-saved D1',
    ])
  })
  test('and a copy denies for a while was saved', () => {
    const lagging: Baking['finds'] = (system, _source, ms) =>
      system === 'shop' && ms < 4_000 ? { status: 'PLACED' } : undefined
    expect(breaksOf(claimed(lagging, [['PRICED', 1_500]]))).toEqual([])
  })
})

describe('an order that was answered with the id of another', () => {
  const foreign = (from: number, to: number, more: Baking = {}): Story => {
    const story = bakeCake({ sources: ['status-api'], ...more })
    for (let ms = 10; ms < 8_000; ms += 200) {
      const isForeign = ms >= from && ms < to
      story.fact({
        ...fact(`row:${ms}`, 'postgres', ms),
        kind: 'status-answered',
        system: 'shop',
        status: isForeign || ms < 100 ? null : 'PHOTO',
        history: null,
        ...(isForeign ? { foreign: true } : {}),
        poll: null,
      })
    }
    return story
  }
  test('was never saved, whatever is known under that id', () => {
    expect(everSaid([orderNotSaved, orderDeleted], cakeShop, foreign(100, 99_000))).toEqual([
      'order-not-saved C1 PLACED',
    ])
  })
  test('explains what comes of it', () => {
    const story = foreign(100, 99_000, { shown: { kitchen: [], desk: [] } })
    const { evidence, now } = story.known(29_000)
    const breaks = evaluate(cakeShop, story.order, evidence, now).findings.filter(
      ({ severity }) => severity === 'broken',
    )
    expect(breaks.map(({ code, handoff }) => `${code} ${handoff}`)).toEqual(['order-not-saved C1'])
  })
  test('was saved where the row bears ours a moment later', () => {
    expect(everSaid([orderNotSaved, orderDeleted], cakeShop, foreign(100, 500))).toEqual([])
  })
})

describe('an order that only a cache ever showed', () => {
  const cart: Baking = {
    spans: false,
    shown: { shop: [['PLACED', 100]], kitchen: [], desk: [] },
    requests: {
      '/orders/1001/photo': 404,
      '/orders/1001/bake': null,
      '/orders/1001/ice': null,
      '/orders/1001/give': null,
    },
    ended: 'order-stopped',
    finds: (system, _source, ms) => (system === 'shop' && ms > 1_100 ? { status: null } : undefined),
  }
  test('was never saved, at the placing', () => {
    expect(everSaid([orderNotSaved, orderDeleted], cakeShop, bakeCake(cart))).toEqual(['order-not-saved C1 PLACED'])
  })
  test('was never saved though a span claims so, where its row was read after that and was never there', () => {
    const claimed = (rows: boolean) =>
      bakeCake({
        ...cart,
        requests: { ...cart.requests, '/orders/1001/photo': null },
        spans: true,
        sources: rows ? ['status-api', 'postgres'] : ['status-api'],
        finds: (system, source, ms) =>
          system === 'shop' && (source === 'postgres' || ms > 1_100) ? { status: null } : undefined,
      })
    expect(everSaid([orderNotSaved, orderDeleted], cakeShop, claimed(true))).toContain('order-not-saved C1 PLACED')
    expect(everSaid([orderNotSaved, orderDeleted], cakeShop, claimed(false))).not.toContain('order-not-saved C1 PLACED')
  })
  test('was never saved though a span claims so, where a request was told there is none while it was still shown', () => {
    const refused = (status: number) =>
      bakeCake({ ...cart, spans: true, requests: { ...cart.requests, '/orders/1001/photo': status } })
    expect(everSaid([orderNotSaved, orderDeleted], cakeShop, refused(404))).toEqual(['order-not-saved C1 PLACED'])
    expect(everSaid([orderNotSaved, orderDeleted], cakeShop, refused(500))).not.toContain('order-not-saved C1 PLACED')
  })
  test('was deleted where its row was seen', () => {
    const story = bakeCake({ ...cart, sources: ['status-api', 'postgres'] })
    expect(everSaid([orderNotSaved, orderDeleted], cakeShop, story)).toEqual(['order-deleted - PHOTO'])
  })
})

describe('a fixed value of an order', () => {
  const photo = (value: (ms: number) => string | undefined): Baking => ({
    spans: false,
    finds: (system, _source, ms): Look | undefined => {
      const at = value(ms)
      if (system !== 'shop' || at === undefined || ms < 100) return undefined
      return { status: ms < 200 ? 'PLACED' : 'PHOTO', content: { photo: at, item: `cake ${ms}` } }
    },
  })
  test('that is another after the order was placed was changed', () => {
    const story = bakeCake(photo((ms) => (ms < 900 ? 'a' : 'z')))
    expect(everSaid(orderChanged, cakeShop, story)).toEqual(['order-changed - PRICED'])
  })
  test('that is another than the file that was sent, which it had been, was changed', () => {
    const story = bakeCake({ ...photo((ms) => (ms < 205 ? 'a'.repeat(64) : 'z'.repeat(64))), everyMs: 100 })
    expect(everSaid(orderChanged, cakeShop, story)).toEqual([])
    fileSent(story, 105)
    expect(everSaid(orderChanged, cakeShop, story)).toEqual(['order-changed - PRICED'])
  })
  test('may change until the order is placed, and once all is done', () => {
    expect(everSaid(orderChanged, cakeShop, bakeCake(photo((ms) => (ms < 180 ? 'a' : 'b'))))).toEqual([])
    expect(everSaid(orderChanged, cakeShop, bakeCake(photo((ms) => (ms < 6_000 ? 'a' : 'erased'))))).toEqual([])
  })
  test('that two systems tell in ways of their own was not changed', () => {
    const story = bakeCake({
      spans: false,
      finds: (system, _source, ms) =>
        ms > 6_000 ? undefined : { status: ms < 200 ? null : 'PHOTO', content: { photo: system } },
    })
    expect(everSaid(orderChanged, cakeShop, story)).toEqual([])
  })
  test('is not repeated in what is said of it', () => {
    const [found] = judgeBy(
      orderChanged,
      cakeShop,
      bakeCake(photo((ms) => (ms < 900 ? 'secret' : 'z'))),
      3_000,
    ).findings
    expect(JSON.stringify(found?.finding.message)).not.toContain('secret')
    expect(JSON.stringify(found?.finding.evidence.map(({ what }) => what))).not.toContain('secret')
  })
})

describe('one placement', () => {
  const found = (story: Story, ms: number, system: string, orderId: string): void =>
    story.fact({
      ...fact(`found:${system}:${orderId}`, 'postgres', ms, [
        { kind: 'order', value: orderId },
        { kind: 'reference', value: 'SYN-1' },
      ]),
      kind: 'order-found',
      system,
      orderId,
    })
  const setting = (story: Story, service: string, ms: number, orderId: string, status = 'PLACED') =>
    story.span({
      service,
      name: `set ${status}`,
      from: ms,
      to: ms + 2,
      attributes: { ...settingOf(status), 'order.id': orderId },
    })

  test('that made two rows made two orders', () => {
    const story = bakeCake()
    for (const id of ['1001', '1002']) found(story, 300, 'shop', id)
    expect(everSaid(orderDuplicated, cakeShop, story)).toEqual(['order-duplicated C1 PLACED'])
  })
  test('that was set twice under two ids made two orders', () => {
    const story = bakeCake()
    setting(story, 'shop', 300, '1002')
    expect(everSaid(orderDuplicated, cakeShop, story)).toEqual(['order-duplicated C1 PLACED'])
  })
  test('of which the kitchen keeps numbers of its own made one', () => {
    const story = bakeCake()
    for (const id of ['1001', 'K-7']) found(story, 300, 'kitchen', id)
    found(story, 300, 'shop', '1001')
    setting(story, 'kitchen', 1_500, 'K-7', 'PRICED')
    expect(everSaid(orderDuplicated, cakeShop, story)).toEqual([])
  })
  test('whose row and spans name it differently made one', () => {
    const story = bakeCake()
    found(story, 300, 'shop', 'row-5')
    expect(everSaid(orderDuplicated, cakeShop, story)).toEqual([])
  })
  test('explains whatever becomes of the second order', () => {
    const story = bakeCake()
    setting(story, 'shop', 300, '1002')
    for (let ms = 400; ms < 29_000; ms += 200)
      look(story, 'status-api', 'kitchen', ms, { status: null }, [
        { kind: 'order', value: '1002' },
        { kind: 'reference', value: 'SYN-1' },
      ])
    const { evidence, now } = story.known(29_000)
    const breaks = evaluate(cakeShop, story.order, evidence, now).findings.filter(
      ({ severity }) => severity === 'broken',
    )
    expect(breaks.map(({ code }) => code)).toEqual(['order-duplicated'])
  })
})
