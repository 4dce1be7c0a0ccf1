import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import { handOut, orderFlyers, printFlyers } from '../support/print-flyers.ts'
import { printShop } from '../support/print-shop.ts'
import { moment, type Story, tellStory } from '../support/story.ts'

const judge = (story: Story, ms: number): Evaluation => {
  const { evidence, now } = story.known(ms)
  return evaluate(printShop, story.order, evidence, now)
}
const codes = ({ findings }: Evaluation) => findings.map(({ code, handoff }) => `${code} ${handoff}`)
const told = (story: Story, service: string, instance: string, from: number, to: number): void => {
  for (let ms = from; ms < to; ms += 100)
    story.span({ service, instance, name: 'tick', from: ms, to: ms + 1, attributes: {} })
}
const asked = (story: Story): void => {
  story.ask('front', { from: 10, to: 200_000, service: 'front', says: (ms) => (ms > 100 ? 'ORDERED' : null) })
  story.ask('press', { from: 10, to: 200_000, service: 'press', says: () => null })
}

describe('an instance of the sender', () => {
  test('that left long ago, and whose successor speaks, keeps nothing from being proven', () => {
    const story = tellStory({ flow: 'flyer' })
    told(story, 'front', 'old', -50_000, -30_000)
    told(story, 'front', '1', -29_000, 150_000)
    story.request('customer', 'front', 'POST /flyers', 50, 130, 201)
    story.placed(130)
    story.span({
      service: 'front',
      name: 'set',
      from: 90,
      to: 100,
      attributes: { 'order.id': '1001', 'order.status': 'ORDERED' },
    })
    asked(story)
    expect(codes(judge(story, 140_000))).toEqual(['message-not-published F2'])
  })
  test('that fell silent in mid-order may have sent what nobody saw', () => {
    const story = tellStory({ flow: 'flyer' })
    told(story, 'front', 'old', -50_000, 105)
    told(story, 'front', '1', 3_000, 150_000)
    story.span({
      service: 'front',
      instance: 'old',
      name: 'set',
      from: 90,
      to: 100,
      attributes: { 'order.id': '1001', 'order.status': 'ORDERED' },
    })
    story.request('customer', 'front', 'POST /flyers', 50, 130, 201)
    story.placed(130)
    asked(story)
    const verdict = judge(story, 140_000)
    expect(codes(verdict)).toEqual(['stage-overdue F2'])
    expect(verdict.unchecked.map(({ code }) => code)).toContain('message-not-published')
  })
})

test('an order that goes on at another instance after a restart passes', () => {
  const story = tellStory({ flow: 'flyer' })
  const publish = orderFlyers(story)
  story.span({
    service: 'press',
    instance: 'a',
    name: 'press.flyers process',
    kind: 'consumer',
    from: 120,
    to: 300,
    parent: publish,
    remote: true,
    error: 'channel closed',
    attributes: {
      'messaging.system': 'rabbitmq',
      'messaging.destination': 'flyers',
      'messaging.rabbitmq.routing_key': 'flyer.ordered',
    },
  })
  handOut(story, printFlyers(story, publish, 4_000, 9_000), 9_010)
  expect(judge(story, 40_000)).toMatchObject({ verdict: 'passed' })
})

describe('hostile evidence', () => {
  const NAMES = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
  test.each(NAMES)('names like %s in every place are only names', (name) => {
    const story = tellStory({ flow: 'flyer', orderId: name })
    handOut(story, printFlyers(story, orderFlyers(story), 120, 1_000), 1_010)
    for (const fact of story.known(60_000).evidence.facts)
      if (fact.kind === 'span-ended')
        story.span({
          service: name,
          name,
          from: 5,
          to: 6,
          parent: { traceId: fact.span.traceId, spanId: name },
          attributes: {
            [name]: name,
            'order.id': '1001',
            'order.status': name,
            'http.request.method': name,
            'messaging.system': name,
          },
        })
    story.answer(name, 50, name)
    expect(judge(story, 60_000)).toMatchObject({ state: 'final' })
  })

  test('spans that are their own parents, each other’s parents, or link to themselves are read to the end', () => {
    const story = tellStory({ flow: 'flyer' })
    const publish = orderFlyers(story)
    const [a, b, c] = [story.ref(publish.traceId), story.ref(publish.traceId), story.ref(publish.traceId)]
    for (const error of [undefined, 'boom']) {
      const also = error === undefined ? {} : { error }
      story.span({
        service: 'press',
        name: 'a',
        kind: 'consumer',
        from: 200,
        to: 300,
        ref: a,
        parent: b,
        links: [a],
        ...also,
      })
      story.span({
        service: 'press',
        name: 'b',
        kind: 'producer',
        from: 200,
        to: 300,
        ref: b,
        parent: a,
        links: [a, b],
        ...also,
      })
      story.span({ service: 'press', name: 'c', from: 200, to: 300, ref: c, parent: c, links: [c], ...also })
    }
    asked(story)
    expect(judge(story, 140_000)).toMatchObject({ verdict: 'broken', state: 'final' })
  })

  test('an order whose id is another order’s trace id keeps to itself', () => {
    const other = 'f'.repeat(32)
    const story = tellStory({ flow: 'flyer', orderId: other })
    story.span({
      service: 'press',
      name: 'set',
      from: 50,
      to: 60,
      ref: story.ref(other),
      attributes: { 'order.id': '2002', 'order.status': 'PRINTED' },
    })
    story.placed(130)
    expect(judge(story, 1_000).journey.traceIds).not.toContain(other)
  })

  test('nothing at all comes to an end', () => {
    const story = tellStory({ flow: 'flyer' })
    const verdict = evaluate(printShop, story.order, { facts: [], conditions: [], coverage: [] }, moment(3_600_000))
    expect(verdict).toMatchObject({ verdict: 'inconclusive', state: 'final', wakeAt: null })
  })
})
