import { describe, expect, test } from 'vitest'
import type { Contract } from '../../src/contract/contract.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import { handOut, orderFlyers, printFlyers } from '../support/print-flyers.ts'
import { printShop } from '../support/print-shop.ts'
import { moment, type Story, tellStory } from '../support/story.ts'

const judge = (story: Story, ms: number, contract: Contract = printShop): Evaluation => {
  const { evidence, now } = story.known(ms)
  return evaluate(contract, story.order, evidence, now)
}
const word = ({ verdict, state, reason }: Evaluation) => ({ verdict, state, reason })
const places = ({ findings }: Evaluation) =>
  findings.filter(({ severity }) => severity === 'broken').map(({ code, stage, handoff }) => ({ code, stage, handoff }))

const front = { from: 10, service: 'front' }
const press = { from: 10, service: 'press' }

test('an order without marks, statuses of its own and another shape passes', () => {
  const story = tellStory({ flow: 'flyer' })
  handOut(story, printFlyers(story, orderFlyers(story), 120, 1_000), 1_010)
  expect(word(judge(story, 30_000))).toMatchObject({ verdict: 'passed', state: 'final' })
})

describe('a handler that works for a minute before its span ends', () => {
  const asked = (story: Story): void => {
    story.ask('front', { ...front, to: 90_000, says: (ms) => (ms > 70_000 ? 'READY' : ms > 100 ? 'ORDERED' : null) })
    story.ask('press', { ...press, to: 90_000, says: (ms) => (ms > 60_000 ? 'PRINTED' : null) })
  }
  const telemetryAlone = (story: Story): void => {
    for (let ms = 10; ms < 90_000; ms += 300)
      for (const service of ['front', 'press'])
        story.span({ service, name: 'tick', from: ms, to: ms + 1, attributes: {} })
  }
  test.each([
    { how: 'its API knows the order only then', watch: asked },
    { how: 'only spans tell', watch: telemetryAlone },
  ])('is no message that was not taken, though $how', ({ watch }) => {
    const story = tellStory({ flow: 'flyer' })
    watch(story)
    handOut(story, printFlyers(story, orderFlyers(story), 120, 60_000), 60_100)
    for (let ms = 500; ms < 60_000; ms += 1_000) expect(word(judge(story, ms))).toMatchObject({ state: 'open' })
    expect(word(judge(story, 80_000))).toMatchObject({ verdict: 'passed' })
  })
})

test('a message nobody takes is told at its queue once the stage it blocks is overdue', () => {
  const story = tellStory({ flow: 'flyer' })
  orderFlyers(story)
  story.ask('front', { ...front, to: 200_000, says: (ms) => (ms > 100 ? 'ORDERED' : null) })
  story.ask('press', { ...press, to: 200_000, says: () => null })
  const verdict = judge(story, 140_000)
  expect(places(verdict)).toEqual([{ code: 'stage-overdue', stage: 'PRINTED', handoff: 'F2' }])
})

test('a span that says the status was set does not outweigh the system that denies it ever after', () => {
  const story = tellStory({ flow: 'flyer' })
  handOut(story, printFlyers(story, orderFlyers(story), 120, 1_000), 1_010)
  story.ask('front', { ...front, to: 60_000, says: (ms) => (ms > 100 ? 'ORDERED' : null) })
  story.ask('press', { ...press, to: 60_000, says: (ms) => (ms > 1_000 ? 'PRINTED' : null) })
  const verdict = judge(story, 50_000)
  expect(places(verdict)).toEqual([{ code: 'result-not-saved', stage: 'READY', handoff: null }])
})

test('an answer that is old for a moment denies nothing', () => {
  const story = tellStory({ flow: 'flyer' })
  handOut(story, printFlyers(story, orderFlyers(story), 120, 1_000), 1_010)
  story.ask('front', { ...front, to: 60_000, says: (ms) => (ms > 3_000 ? 'READY' : ms > 1_500 ? 'ORDERED' : null) })
  story.ask('press', { ...press, to: 60_000, says: (ms) => (ms > 2_000 ? 'PRINTED' : null) })
  for (let ms = 500; ms < 3_000; ms += 250) expect(places(judge(story, ms))).toEqual([])
  expect(word(judge(story, 30_000))).toMatchObject({ verdict: 'passed' })
})

test('a system that is known to leave no spans is not convicted by the few it leaves', () => {
  const contract: Contract = {
    ...printShop,
    systems: { ...printShop.systems, press: { services: ['press'], instrumented: false } },
  }
  const story = tellStory({ flow: 'flyer' })
  orderFlyers(story)
  for (let ms = 10; ms < 200_000; ms += 300)
    for (const service of ['front', 'press'])
      story.span({ service, name: 'tick', from: ms, to: ms + 1, attributes: {} })
  expect(word(judge(story, 190_000, contract))).toMatchObject({ verdict: 'inconclusive', state: 'final' })
})

test('a stage at a system that can tell nothing is passed with the order, and listed as unchecked', () => {
  const contract: Contract = { ...printShop, systems: { ...printShop.systems, press: { services: [] } } }
  const story = tellStory({ flow: 'flyer' })
  const publish = orderFlyers(story)
  handOut(story, { traceId: publish.traceId, spanId: 'ffffffffffffffff' }, 1_000)
  const verdict = judge(story, 60_000, contract)
  expect(word(verdict)).toMatchObject({ verdict: 'passed' })
  expect(verdict.unchecked.map(({ stage }) => stage)).toContain('PRINTED')
})

describe('spans with impossible times', () => {
  const years = (n: number): number => n * 365.25 * 24 * 3_600_000
  test.each([
    { how: 'of 1970', from: -years(56), to: -years(56) + 5 },
    { how: 'of the year 2200', from: years(174), to: years(174) + 5 },
    { how: 'that end before they start', from: 800, to: 300 },
  ])('$how change nothing and keep nothing open', ({ from, to }) => {
    for (const told of [
      { name: 'odd' },
      { name: 'set PRINTED', attributes: { 'order.id': '1001', 'order.status': 'PRINTED' } },
    ]) {
      const story = tellStory({ flow: 'flyer' })
      const publish = orderFlyers(story)
      handOut(story, printFlyers(story, publish, 120, 1_000), 1_010)
      story.ask('press', { ...press, to: 3_000, says: (ms) => (ms > 1_000 ? 'PRINTED' : null) })
      const good = story.known(60_000)
      const odd = good.evidence.facts.find((fact) => fact.kind === 'span-ended' && fact.span.name === 'set PRINTED')
      if (odd?.kind !== 'span-ended') throw new Error('no span')
      const span = {
        ...odd.span,
        ...told,
        parentSpanId: publish.spanId,
        spanId: 'eeeeeeeeeeeeeeee',
        start: moment(from),
        end: moment(to),
      }
      const evidence = {
        ...good.evidence,
        facts: [
          ...good.evidence.facts,
          { ...odd, id: 'odd', span, at: { ...odd.at, earliest: span.end, latest: span.end } },
        ],
      }
      expect(word(evaluate(printShop, story.order, evidence, good.now))).toMatchObject({
        verdict: 'passed',
        state: 'final',
      })
    }
  })
})

test('what is told of another order is not ours', () => {
  const story = tellStory({ flow: 'flyer' })
  orderFlyers(story)
  story.ask('front', { ...front, to: 200_000, says: (ms) => (ms > 100 ? 'ORDERED' : null) })
  story.ask('press', { ...press, to: 200_000, says: () => null })
  const { evidence } = story.known(140_000)
  const others = evidence.facts.flatMap((fact) =>
    fact.kind === 'status-answered'
      ? [
          {
            ...fact,
            id: `other:${fact.id}`,
            status: 'READY',
            poll: null,
            keys: [{ kind: 'order' as const, value: '2002' }],
          },
        ]
      : [],
  )
  const verdict = evaluate(
    printShop,
    story.order,
    { ...evidence, facts: [...evidence.facts, ...others] },
    moment(140_000),
  )
  expect(places(verdict)).toEqual([{ code: 'stage-overdue', stage: 'PRINTED', handoff: 'F2' }])
})

describe('without marks on the spans that set a status', () => {
  const mirrored: Contract = {
    ...printShop,
    stages: { ...printShop.stages, ORDERED: { owner: 'front', by: 'person', within: '10 s', mirrors: ['press'] } },
  }
  const heard = (story: Story): void => {
    for (let ms = 10; ms < 190_000; ms += 100)
      for (const service of ['front', 'press']) story.span({ service, name: 'tick', from: ms, to: ms + 1 })
  }
  test('a mirror’s long span that tells the status only at its end is no silence', () => {
    const story = tellStory({ flow: 'flyer' })
    const publish = orderFlyers(story)
    heard(story)
    const consume = story.ref(publish.traceId)
    const attributes = {
      'order.id': '1001',
      'order.status': 'ORDERED',
      'messaging.system': 'rabbitmq',
      'messaging.destination': 'flyers',
      'messaging.rabbitmq.routing_key': 'flyer.ordered',
    }
    story.span({
      service: 'press',
      name: 'press.flyers process',
      kind: 'consumer',
      from: 120,
      to: 60_000,
      parent: publish,
      remote: true,
      ref: consume,
      attributes,
    })
    for (let ms = 1_000; ms < 60_000; ms += 1_000)
      expect(word(judge(story, ms, mirrored))).toMatchObject({ state: 'open' })
  })
  test('the silence of a whole stage is still told', () => {
    const story = tellStory({ flow: 'flyer' })
    orderFlyers(story)
    heard(story)
    expect(places(judge(story, 150_000, mirrored))).toEqual([
      { code: 'stage-overdue', stage: 'PRINTED', handoff: 'F2' },
    ])
  })
})
