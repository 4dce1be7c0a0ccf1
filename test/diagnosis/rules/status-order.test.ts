import { describe, expect, test } from 'vitest'
import { statusReordered } from '../../../src/diagnosis/rules/status-reordered.ts'
import { statusReverted } from '../../../src/diagnosis/rules/status-reverted.ts'
import { type Baking, bakeCake, fact, look, settingOf } from '../../support/bake-cake.ts'
import { cakeShop } from '../../support/cake-shop.ts'
import { everSaid, judgeBy, placesOf } from '../../support/judge-by.ts'
import { moment } from '../../support/story.ts'

/** From a moment on, a system is found otherwise. */
const from =
  (
    system: string,
    ms: number,
    status: string | null,
    history: readonly string[] | null = null,
  ): NonNullable<Baking['finds']> =>
  (asked, _source, at) =>
    asked === system && at >= ms ? { status, history } : undefined

describe('a status that went back', () => {
  const table: readonly { how: string; baking: Baking; place: string }[] = [
    {
      how: 'at its owner, as its answers keep saying',
      baking: { finds: from('kitchen', 4_500, 'PRICED') },
      place: 'status-reverted C5 ICED',
    },
    {
      how: 'at its owner, with its whole history, when the database was put back',
      baking: { history: true, finds: from('kitchen', 4_500, 'BAKED', ['PRICED', 'BAKED']) },
      place: 'status-reverted C5 ICED',
    },
    {
      how: 'at a mirror, where older news was written over newer',
      baking: { spans: false, finds: from('desk', 4_300, 'BAKED', ['PRICED', 'BAKED', 'ICED', 'BAKED']) },
      place: 'status-reverted C6 BAKED',
    },
    {
      how: 'at a mirror for a moment only, as its history still tells',
      baking: { spans: false, finds: from('desk', 5_200, 'GIVEN', ['PRICED', 'BAKED', 'ICED', 'BAKED', 'GIVEN']) },
      place: 'status-reverted C6 BAKED',
    },
    {
      how: 'as rows alone tell',
      baking: { spans: false, sources: ['postgres'], finds: from('kitchen', 4_500, 'BAKED') },
      place: 'status-reverted C5 ICED',
    },
  ]
  test.each(table)('$how', ({ baking, place }) => {
    expect(everSaid(statusReverted, cakeShop, bakeCake(baking))).toEqual([place])
  })
  test('is waited for until the source has stuck to it, and told then', () => {
    const story = bakeCake({ finds: from('kitchen', 4_500, 'BAKED') })
    const early = judgeBy(statusReverted, cakeShop, story, 5_000)
    expect(placesOf(early)).toEqual([])
    expect(early.pending).toHaveLength(1)
    expect(placesOf(judgeBy(statusReverted, cakeShop, story, 7_000))).toEqual(['status-reverted C5 ICED'])
  })
  test('is not told of questions asked while an earlier one waited for its answer', () => {
    const story = bakeCake({
      spans: false,
      shown: {
        kitchen: [
          ['BAKED', 3_000],
          ['ICED', 7_000],
        ],
      },
    })
    const slow = {
      ...fact('slow', 'status-api', 3_100),
      at: { clock: 'monitor', earliest: moment(3_100), latest: moment(8_000) },
    }
    story.fact({
      ...slow,
      seenAt: moment(8_000),
      kind: 'status-answered',
      system: 'kitchen',
      status: 'ICED',
      history: null,
      poll: null,
    })
    expect(everSaid(statusReverted, cakeShop, story)).toEqual([])
  })
  test('is not told of two orders that stand at different statuses', () => {
    const story = bakeCake()
    for (let ms = 100; ms < 20_000; ms += 200)
      look(story, 'status-api', 'kitchen', ms, { status: 'PRICED' }, [
        { kind: 'order', value: '1002' },
        { kind: 'reference', value: 'SYN-1' },
      ])
    expect(everSaid(statusReverted, cakeShop, story)).toEqual([])
  })
  test('is not told of two sources of which one is behind', () => {
    const story = bakeCake({
      sources: ['status-api', 'postgres'],
      finds: (system, source, ms) =>
        system === 'kitchen' && source === 'postgres' && ms > 1_500 ? { status: 'PRICED' } : undefined,
    })
    expect(everSaid(statusReverted, cakeShop, story)).toEqual([])
  })
})

describe('statuses in the wrong order', () => {
  test('in the owner’s own history are the stage’s', () => {
    const story = bakeCake({ spans: false, finds: from('kitchen', 4_000, 'BAKED', ['PRICED', 'ICED', 'BAKED']) })
    expect(everSaid(statusReordered, cakeShop, story)).toEqual(['status-reordered C5 BAKED'])
    expect(everSaid(statusReverted, cakeShop, story)).toEqual([])
  })
  test('in a mirror’s history are the hand-off’s that carried them', () => {
    const story = bakeCake({ history: true, finds: from('desk', 4_000, 'BAKED', ['PRICED', 'ICED', 'BAKED']) })
    expect(everSaid(statusReordered, cakeShop, story)).toEqual(['status-reordered C6 BAKED'])
  })
  test('sent in the wrong order, the late one left aside, are the hand-off’s', () => {
    expect(everSaid(statusReordered, cakeShop, tellInOrder(['ICED', 'BAKED']))).toEqual(['status-reordered C6 BAKED'])
  })
  test('are no finding where they were sent in order and one of them came late through a retry', () => {
    expect(everSaid(statusReordered, cakeShop, tellInOrder(['BAKED', 'ICED']))).toEqual([])
  })
  test('are no finding where the sender’s clock was set back between two messages', () => {
    const clock = (instance: string, ms: number) => (instance === 'kitchen/1' && ms > 4_300 ? -40_000 : 0)
    expect(everSaid(statusReordered, cakeShop, tellInOrder(['BAKED', 'ICED'], 500, { clock }))).toEqual([])
  })
  test.each([
    { told: ['ICED', 'BAKED'], apartMs: 1, says: ['status-reordered C6 BAKED'] },
    { told: ['BAKED', 'ICED'], apartMs: 1, says: [] },
    { told: ['BAKED', 'ICED'], apartMs: 0, says: [] },
    { told: ['ICED', 'BAKED'], apartMs: 0, says: [] },
  ])(
    'that only the broker tells are in the order $told of its telling, $apartMs ms apart',
    ({ told, apartMs, says }) => {
      expect(everSaid(statusReordered, cakeShop, publishInOrder(told, apartMs))).toEqual(says)
    },
  )
})

/** The desk writes only forwards and so never has BAKED. */
const withoutBaked = (more: Baking = {}) =>
  bakeCake({
    ...more,
    history: true,
    shown: {
      desk: [
        ['PRICED', 1_600],
        ['ICED', 4_200],
        ['GIVEN', 5_000],
      ],
    },
  })

/** What a tap tells of a message may have happened so long before. */
const TAP_LAG_MS = 3

/** The broker alone tells of the kitchen's news, each a moment it cannot tell from the other's. */
function publishInOrder(order: readonly string[], apartMs: number) {
  const story = withoutBaked({ spans: false })
  for (const [i, status] of order.entries()) {
    const ms = 4_020 + apartMs * i
    story.fact({
      ...fact(`published:${status}`, 'rabbitmq', ms),
      at: { clock: 'monitor', earliest: moment(ms - TAP_LAG_MS), latest: moment(ms) },
      seenAt: moment(ms),
      kind: 'message-published',
      messageId: status,
      correlationId: null,
      context: null,
      marked: null,
      deaths: [],
      exchange: 'cakes',
      routingKey: `cake.${status.toLowerCase()}`,
      queues: ['desk.news'],
    })
  }
  return story
}

/** The kitchen publishes its news in an order of its own. */
function tellInOrder(order: readonly string[], apartMs = 20, more: Baking = {}) {
  const story = withoutBaked(more)
  for (const [i, status] of order.entries())
    story.span({
      service: 'kitchen',
      name: `publish ${status}`,
      kind: 'producer',
      from: 4_020 + apartMs * i,
      to: 4_030 + apartMs * i,
      attributes: {
        ...settingOf(status),
        'event.name': 'told',
        'messaging.system': 'rabbitmq',
        'messaging.destination.name': 'cakes',
        'messaging.rabbitmq.destination.routing_key': `cake.${status.toLowerCase()}`,
      },
    })
  return story
}
