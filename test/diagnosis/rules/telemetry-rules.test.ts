import { describe, expect, test } from 'vitest'
import type { Contract } from '../../../src/contract/contract.ts'
import { clockSkewed } from '../../../src/diagnosis/rules/clock-skewed.ts'
import { contextLeaked } from '../../../src/diagnosis/rules/context-leaked.ts'
import { contextLost } from '../../../src/diagnosis/rules/context-lost.ts'
import { markLost } from '../../../src/diagnosis/rules/mark-lost.ts'
import { personalDataExposed } from '../../../src/diagnosis/rules/personal-data-exposed.ts'
import type { Evidence } from '../../../src/evidence/evidence.ts'
import type { DataExposed, Fact, MessagePublished, SpanEnded } from '../../../src/evidence/fact.ts'
import type { Span, SpanRef } from '../../../src/evidence/span.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { judgeBy } from '../../support/judge-by.ts'
import { handOut, orderFlyers, printFlyers } from '../../support/print-flyers.ts'
import { printShop } from '../../support/print-shop.ts'
import { tellStory } from '../../support/story.ts'
import { createWorld, type World, type WorldOptions } from '../../support/world.ts'
import { isOf, judge, stamped, told, withSpans } from '../../support/world-spans.ts'

const brief = jewelryToldBriefly('fast')

describe('mark-lost', () => {
  const contract: Contract = { ...brief, recognise: { ...brief.recognise, mark: ['synthetic'] } }
  const world = createWorld({ seed: 5 })

  test('is told at the first hand-off behind which the mark is gone, and names the later ones along with it', () => {
    const evidence = withSpans(
      world,
      stamped((span) => (span.service === 'mes-api' ? {} : { synthetic: true })),
    )
    const findings = told(markLost, contract, world, evidence)
    expect(findings.map(({ handoff, stage }) => [handoff, stage])).toEqual([['H5', null]])
    expect(findings[0]?.message).toContain('H9')
  })

  test('is not told where every system carries the mark, or where the contract names none', () => {
    const marked = withSpans(
      world,
      stamped(() => ({ synthetic: true })),
    )
    expect(told(markLost, contract, world, marked)).toEqual([])
    expect(told(markLost, brief, world)).toEqual([])
  })

  test('is not told of an order that was never saved, which its receiver had not to carry on', () => {
    const unmarked = (trouble: 'none' | 'create forgets') => {
      const told = createWorld({ seed: 5, trouble })
      return judge(markLost, contract, told, told.evidence)
    }
    expect(unmarked('none').findings.map(({ finding }) => finding.handoff)).toEqual(['H1'])
    expect(unmarked('create forgets')).toEqual({ findings: [], unchecked: [] })
  })

  describe('by the broker alone, which cannot tell what the sender knew,', () => {
    const silent = createWorld({ seed: 5, spans: false, broker: true, history: true })
    /** What the order's messages say of the mark; null: nothing can be told. */
    const saying = (marked: boolean | null): Evidence => ({
      ...silent.evidence,
      facts: silent.evidence.facts.map((fact) =>
        fact.kind === 'message-published' || fact.kind === 'message-delivered' ? { ...fact, marked } : fact,
      ),
    })

    test('is not told: it may have been lost before', () => {
      expect(judge(markLost, contract, silent, saying(false))).toEqual({ findings: [], unchecked: [] })
    })

    test.each([true, null])('is not told of messages whose mark is %s', (marked) => {
      expect(judge(markLost, contract, silent, saying(marked))).toEqual({ findings: [], unchecked: [] })
    })
  })

  test('is left open where spans of the receiver may be missing', () => {
    const evidence = withSpans(
      world,
      stamped((span) => (isOf('mes-api')(span) ? {} : { synthetic: true })),
    )
    const coverage = evidence.coverage.map((record) =>
      record.service === 'mes-api' ? { ...record, dropped: 1 } : record,
    )
    const { findings, unchecked } = judge(markLost, contract, world, { ...evidence, coverage })
    expect(findings).toEqual([])
    expect(unchecked[0]).toMatchObject({ code: 'mark-lost', handoff: 'H5' })
  })
})

test('personal-data-exposed is told once for each exposer and kind of value, and never says the value', () => {
  const world = createWorld({ seed: 6 })
  const exposed = (id: string, by: string, where: string): DataExposed => ({
    id,
    source: 'otlp',
    kind: 'data-exposed',
    at: { clock: 'monitor', earliest: world.order.enteredAt, latest: world.order.enteredAt },
    seenAt: world.order.enteredAt,
    keys: [{ kind: 'reference', value: world.order.key }],
    what: 'email',
    by,
    where,
  })
  const facts: readonly Fact[] = [
    ...world.evidence.facts,
    exposed('a', 'shop-api', 'span attribute customer.email of "POST"'),
    exposed('b', 'shop-api', 'url.full'),
    exposed('c', 'crm-api', 'message header x-customer'),
  ]
  const findings = told(personalDataExposed, brief, world, { ...world.evidence, facts })
  expect(findings.map(({ owner, evidence }) => [owner, evidence.length])).toEqual([
    ['Shop team', 2],
    ['CRM team', 1],
  ])
  expect(findings[0]?.message).toContain('span attribute customer.email of "POST", url.full')
})

describe('clock-skewed', () => {
  const skewed = (offsetsMs: WorldOptions['offsetsMs']) =>
    told(clockSkewed, brief, createWorld({ seed: 7, ...(offsetsMs === undefined ? {} : { offsetsMs }) }))

  test('names each instance that is surely off by more than the contract allows', () => {
    const findings = skewed({ 'crm-api': -90_000, 'mes-api': 120_000 })
    expect(
      findings.map(({ handoff, message }) => [handoff, /^The clock of \S+ is [\d.]+ s \w+/.exec(message)?.[0]]),
    ).toEqual([
      [null, 'The clock of crm-api/1 is 90.00 s behind'],
      [null, 'The clock of mes-api/1 is 120.00 s ahead'],
    ])
  })

  test('leaves small offsets alone, and follows the contract’s own bound', () => {
    const offsetsMs = { 'crm-api': -50 }
    expect(skewed(offsetsMs)).toEqual([])
    const strict: Contract = { ...brief, telemetry: { ...brief.telemetry, skew: '10 ms' } }
    expect(told(clockSkewed, strict, createWorld({ seed: 7, offsetsMs }))).toHaveLength(1)
  })

  test.each([
    { byMs: 7_000, says: 'was set forward by 7.0' },
    { byMs: -50, says: 'was set back by ' },
    { byMs: 0, says: null },
  ])('tells a clock that was set by $byMs ms in mid-order, and between which two moments', ({ byMs, says }) => {
    const clock = (instance: string, ms: number) => (instance.startsWith('press') && ms > 10_000 ? byMs : 0)
    const story = tellStory({ flow: 'flyer', clock })
    handOut(story, printFlyers(story, orderFlyers(story), 120, 20_000), 20_050)
    for (const service of ['front', 'press'])
      story.ask(service, { from: 10, to: 30_000, everyMs: 300, service, says: () => null })
    const findings = judgeBy(clockSkewed, printShop, story, 40_000).findings.map(({ finding }) => finding)
    expect(findings.map(({ owner }) => owner)).toEqual(says === null ? [] : ['the printers'])
    const when = /was set .* between [\d:.]+ and [\d:.]+/
    const sentences = findings.map(({ message }) => when.exec(message)?.[0] ?? '')
    expect(sentences.filter((sentence) => sentence.startsWith(says ?? ''))).toHaveLength(says === null ? 0 : 1)
  })

  test('tells a clock that was set back by more than the order has lasted, so that what came after it looks older than the order', () => {
    const clock = (instance: string, ms: number) => (instance.startsWith('press') && ms > 500 ? -5_000 : 0)
    const story = tellStory({ flow: 'flyer', clock })
    handOut(story, printFlyers(story, orderFlyers(story), 120, 800), 850)
    for (const service of ['front', 'press'])
      story.ask(service, { from: 10, to: 1_500, everyMs: 100, service, says: () => null })
    const findings = judgeBy(clockSkewed, printShop, story, 3_000).findings.map(({ finding }) => finding)
    expect(findings.map(({ owner }) => owner)).toEqual(['the printers'])
    expect(findings[0]?.message).toMatch(/was set back by 5\.0\d s between [\d:.]+ and [\d:.]+;/)
  })

  test('blames no system where all agree with each other and only we differ', () => {
    const off = 90_000
    expect(skewed({ 'shop-api': off, 'crm-api': off, 'mes-api': off, carrier: off })).toEqual([])
  })
})

describe('context over a queue', () => {
  const dropped = createWorld({ seed: 8, trouble: 'context dropped' })
  const published = (context: SpanRef | null): Evidence => {
    const fact: MessagePublished = {
      id: 'rabbitmq:1',
      source: 'rabbitmq',
      kind: 'message-published',
      at: { clock: 'monitor', earliest: dropped.order.enteredAt, latest: dropped.order.enteredAt },
      seenAt: dropped.order.enteredAt,
      keys: [{ kind: 'reference', value: dropped.order.key }],
      messageId: 'm',
      correlationId: null,
      context,
      marked: null,
      deaths: [],
      exchange: 'orders',
      routingKey: 'order.submitted',
      queues: ['mes.orders'],
    }
    const delivered: Fact = {
      ...fact,
      id: 'rabbitmq:2',
      kind: 'message-delivered',
      queue: 'mes.orders',
      redelivered: false,
    }
    return { ...dropped.evidence, facts: [...dropped.evidence.facts, fact, delivered] }
  }

  test.each([
    {
      how: 'nobody saw the message',
      evidence: dropped.evidence,
      owner: 'Manufacturing IT',
      says: 'Either crm did not',
    },
    { how: 'it came without', evidence: published(null), owner: 'CRM team', says: 'crm did not inject it' },
    {
      how: 'it came and was handed over with',
      evidence: published({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) }),
      owner: 'Manufacturing IT',
      says: 'mes did not extract it',
    },
  ])('context-lost says who dropped it: $how', ({ evidence, owner, says }) => {
    const [finding, ...others] = told(contextLost, brief, dropped, evidence)
    expect(others).toEqual([])
    expect(finding).toMatchObject({ handoff: 'H5', owner })
    expect(finding?.message).toContain(says)
  })

  const consumeOf = (world: World): SpanEnded => {
    const found = world.evidence.facts.find(
      (fact): fact is SpanEnded => fact.kind === 'span-ended' && fact.span.name === 'mes.orders process',
    )
    if (found === undefined) throw new Error('the world has no such span')
    return found
  }
  const inThatTrace = (world: World, more: Partial<Span>): Evidence => {
    const mine = consumeOf(world)
    const span: Span = { ...mine.span, spanId: 'c'.repeat(16), attributes: { 'order.id': 'another' }, ...more }
    return { ...world.evidence, facts: [...world.evidence.facts, { ...mine, id: 'otlp:other', span }] }
  }

  test('context-leaked is told where the receiver works on another order in the same trace, and context-lost then is not', () => {
    const evidence = inThatTrace(dropped, {})
    expect(told(contextLeaked, brief, dropped, evidence)).toMatchObject([{ handoff: 'H5', owner: 'Manufacturing IT' }])
    expect(told(contextLost, brief, dropped, evidence)).toEqual([])
  })

  test('a look at a list of orders, or a trace that one request of the sender began, leaks nothing', () => {
    expect(told(contextLeaked, brief, dropped, inThatTrace(dropped, { kind: 'client', name: 'SELECT' }))).toEqual([])
    const whole = createWorld({ seed: 8 })
    expect(told(contextLeaked, brief, whole, inThatTrace(whole, {}))).toEqual([])
    expect(told(contextLeaked, brief, dropped)).toEqual([])
  })
})
