import { describe, expect, test } from 'vitest'
import type { Contract } from '../../src/contract/contract.ts'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import type { AttributeValue, SpanRef } from '../../src/evidence/span.ts'
import { handOut, orderFlyers, printFlyers } from '../support/print-flyers.ts'
import { printShop } from '../support/print-shop.ts'
import { moment, type Story, tellStory } from '../support/story.ts'

const judge = (story: Story, ms: number, contract: Contract = printShop): Evaluation => {
  const { evidence, now } = story.known(ms)
  return evaluate(contract, story.order, evidence, now)
}
const hopOf = ({ journey }: Evaluation, handoff: string) => journey.hops.find((hop) => hop.handoff === handoff)
const ID = { 'order.id': '1001' }
const RABBIT = { ...ID, 'messaging.system': 'rabbitmq' }

interface Shape {
  readonly how: string
  readonly publish: { readonly name: string; readonly attributes: Record<string, AttributeValue> }
  readonly deliveries: readonly { readonly name: string; readonly attributes: Record<string, AttributeValue> }[]
  readonly tie: 'parent' | 'link' | 'both' | 'message id'
  readonly context: string
}

const old = (exchange: string): Record<string, AttributeValue> => ({
  ...RABBIT,
  'messaging.destination': exchange,
  'messaging.destination_kind': 'topic',
  'messaging.rabbitmq.routing_key': 'flyer.ordered',
})
const recent = (exchange: string): Record<string, AttributeValue> => ({
  ...RABBIT,
  'messaging.destination.name': exchange,
  'messaging.rabbitmq.destination.routing_key': 'flyer.ordered',
})

const SHAPES: readonly Shape[] = [
  {
    how: 'amqplib',
    publish: { name: 'publish flyers', attributes: old('flyers') },
    deliveries: [{ name: 'press.flyers process', attributes: old('flyers') }],
    tie: 'parent',
    context: 'continuous',
  },
  {
    how: 'amqplib with links for consumers',
    publish: { name: 'publish flyers', attributes: old('flyers') },
    deliveries: [{ name: 'press.flyers process', attributes: old('flyers') }],
    tie: 'link',
    context: 'linked',
  },
  {
    how: 'RabbitMQ.Client 7.0',
    publish: { name: 'publish flyer.ordered', attributes: { ...recent('flyers'), 'messaging.operation.type': 'send' } },
    deliveries: [
      { name: 'deliver flyer.ordered', attributes: { ...recent('flyers'), 'messaging.operation.type': 'process' } },
    ],
    tie: 'link',
    context: 'linked',
  },
  {
    how: 'RabbitMQ.Client 7.2',
    publish: { name: 'publish flyer.ordered', attributes: recent('flyers') },
    deliveries: [{ name: 'deliver flyer.ordered', attributes: recent('flyers') }],
    tie: 'both',
    context: 'continuous',
  },
  {
    how: 'RabbitMQ.Client 6 by bytecode',
    publish: { name: 'flyer.ordered publish', attributes: { ...recent('flyers'), 'messaging.operation': 'publish' } },
    deliveries: [
      { name: 'flyer.ordered deliver', attributes: { ...recent('flyers'), 'messaging.operation': 'deliver' } },
    ],
    tie: 'link',
    context: 'linked',
  },
  {
    how: 'the Java agent with Spring',
    publish: { name: 'flyers publish', attributes: recent('flyers') },
    deliveries: [
      { name: 'press.flyers process', attributes: recent('flyers') },
      {
        name: 'flyer.ordered process',
        attributes: { ...RABBIT, 'messaging.destination.name': 'flyer.ordered', 'messaging.operation': 'process' },
      },
    ],
    tie: 'parent',
    context: 'continuous',
  },
  {
    how: 'the names of semantic conventions 1.30',
    publish: {
      name: 'publish flyers:flyer.ordered',
      attributes: { ...RABBIT, 'messaging.destination.name': 'flyers:flyer.ordered' },
    },
    deliveries: [
      {
        name: 'process flyers:flyer.ordered:press.flyers',
        attributes: {
          ...RABBIT,
          'messaging.destination.name': 'flyers:flyer.ordered:press.flyers',
          'messaging.operation.type': 'process',
        },
      },
    ],
    tie: 'both',
    context: 'continuous',
  },
  {
    how: 'Micrometer',
    publish: { name: 'flyers/flyer.ordered send', attributes: { ...ID, 'spring.rabbit.template.name': 't' } },
    deliveries: [
      {
        name: 'press.flyers receive',
        attributes: { ...ID, 'spring.rabbit.listener.id': 'l', 'messaging.destination.name': 'press.flyers' },
      },
    ],
    tie: 'parent',
    context: 'continuous',
  },
  {
    how: 'a client that passes no context but a message id',
    publish: { name: 'publish flyers', attributes: { ...old('flyers'), 'messaging.message_id': 'm-1' } },
    deliveries: [{ name: 'press.flyers process', attributes: { ...old('flyers'), 'messaging.message_id': 'm-1' } }],
    tie: 'message id',
    context: 'lost',
  },
]

describe('a message as told by', () => {
  test.each(SHAPES)('$how crosses its queue', ({ publish, deliveries, tie, context }) => {
    const from = 110
    const told = tellStory({ flow: 'flyer' })
    const request = told.request('customer', 'front', 'POST /flyers', 50, 130, 201)
    told.placed(130)
    const server = told.span({
      service: 'front',
      name: 'POST',
      kind: 'server',
      from: 60,
      to: 125,
      parent: request,
      remote: true,
      attributes: { ...ID, 'http.method': 'POST', 'http.target': '/flyers?x=1' },
    })
    told.span({
      service: 'front',
      name: 'set',
      from: 90,
      to: 100,
      parent: server,
      attributes: { ...ID, 'order.status': 'ORDERED' },
    })
    const sent = told.span({
      service: 'front',
      name: publish.name,
      kind: 'producer',
      from,
      to: from + 2,
      parent: server,
      attributes: publish.attributes,
    })
    let last: SpanRef = sent
    for (const [i, { name, attributes }] of deliveries.entries()) {
      const parent = tie === 'parent' || tie === 'both' ? { parent: sent, remote: true } : {}
      const links = tie === 'link' || tie === 'both' ? { links: [sent] } : {}
      last = told.span({
        service: 'press',
        name,
        kind: 'consumer',
        from: 120 + i,
        to: 125 + i,
        attributes,
        ...parent,
        ...links,
      })
    }
    told.span({
      service: 'press',
      name: 'set',
      from: 900,
      to: 950,
      parent: last,
      attributes: { ...ID, 'order.status': 'PRINTED' },
    })
    const news = told.span({
      service: 'press',
      name: 'publish flyers',
      kind: 'producer',
      from: 960,
      to: 962,
      parent: last,
      attributes: { ...old('flyers'), 'messaging.rabbitmq.routing_key': 'flyer.printed' },
    })
    const heard = told.span({
      service: 'front',
      name: 'front.news process',
      kind: 'consumer',
      from: 970,
      to: 990,
      parent: news,
      remote: true,
      attributes: { ...old('flyers'), 'messaging.rabbitmq.routing_key': 'flyer.printed' },
    })
    told.span({
      service: 'front',
      name: 'set',
      from: 975,
      to: 980,
      parent: heard,
      attributes: { ...ID, 'order.status': 'READY' },
    })
    const verdict = judge(told, 30_000)
    const hop = hopOf(verdict, 'F2')
    expect(hop).toMatchObject({ state: 'crossed', context })
    expect(Math.abs(Number(hop?.latency) / 1e6 - 10)).toBeLessThanOrEqual(Number(hop?.plusMinus) / 1e6)
    expect(verdict.verdict).toBe(context === 'lost' ? 'degraded' : 'passed')
  })
})

test.each([
  { how: 'JavaScript’s queue name', name: 'press.flyers process' },
  { how: '.NET’s routing key', name: 'deliver press.flyers.second' },
])('a message that comes back from a delay under another key is the same message, by $how', ({ name }) => {
  const story = tellStory({ flow: 'flyer' })
  const publish = orderFlyers(story)
  const back = {
    ...RABBIT,
    'messaging.destination.name': 'returns',
    'messaging.rabbitmq.destination.routing_key': 'press.flyers.second',
  }
  const consume = story.span({
    service: 'press',
    name,
    kind: 'consumer',
    from: 3_000,
    to: 3_500,
    parent: publish,
    remote: true,
    attributes: back,
  })
  story.span({
    service: 'press',
    name: 'set',
    from: 3_100,
    to: 3_200,
    parent: consume,
    attributes: { ...ID, 'order.status': 'PRINTED' },
  })
  expect(hopOf(judge(story, 5_000), 'F2')).toMatchObject({
    state: 'crossed',
    context: 'continuous',
    witnesses: ['otlp'],
  })
})

describe('a request is recognised', () => {
  const SERVED: readonly { how: string; attributes: Record<string, AttributeValue> }[] = [
    {
      how: 'by Micrometer’s method and uri',
      attributes: { method: 'POST', uri: '/flyers', status: '201', outcome: 'SUCCESS', 'http.url': '/flyers' },
    },
    {
      how: 'by a route without a leading slash',
      attributes: { 'http.request.method': 'POST', 'http.route': 'flyers', 'http.response.status_code': 201 },
    },
    {
      how: 'by its route behind a proxy that adds a prefix to the path',
      attributes: {
        'http.request.method': 'POST',
        'url.path': '/shop/flyers',
        'http.route': '/flyers',
        'http.response.status_code': 201,
      },
    },
    {
      how: 'by http.target alone',
      attributes: { 'http.method': 'POST', 'http.target': '/flyers?trial=1', 'http.status_code': 201 },
    },
    {
      how: 'by a full URL',
      attributes: { 'http.method': 'POST', 'http.url': 'http://shop.local:8080/flyers', 'http.status_code': 201 },
    },
  ]
  test.each(SERVED)('$how', ({ attributes }) => {
    const story = tellStory({ flow: 'flyer' })
    const server = story.span({
      service: 'front',
      name: 'POST',
      kind: 'server',
      from: 60,
      to: 125,
      attributes: { ...ID, ...attributes },
    })
    story.span({
      service: 'front',
      name: 'set',
      from: 90,
      to: 100,
      parent: server,
      attributes: { ...ID, 'order.status': 'ORDERED' },
    })
    story.placed(130)
    expect(hopOf(judge(story, 1_000), 'F1')).toMatchObject({ state: 'crossed', witnesses: ['otlp'] })
  })
})

test('a status that is a number, and a mark that is a boolean, are read', () => {
  const contract: Contract = {
    ...printShop,
    stages: {
      '1': { owner: 'front', by: 'person', within: '10 s' },
      '2': { owner: 'press', by: 'machine', within: '10 s' },
    },
    flows: { flyer: { bornIn: 'front', path: [{ handoff: 'F1' }, { stage: '1' }, { handoff: 'F2' }, { stage: '2' }] } },
    recognise: { span: { order: ['order.id'], status: 'order.state', reached: { 'order.changed': 'true' } } },
  }
  const story = tellStory({ flow: 'flyer' })
  const publish = orderFlyers(story)
  const mark = { 'order.id': 1001, 'order.changed': true }
  story.span({ service: 'front', name: 'set', from: 90, to: 100, attributes: { ...mark, 'order.state': 1 } })
  const consume = story.span({
    service: 'press',
    name: 'press.flyers process',
    kind: 'consumer',
    from: 120,
    to: 300,
    parent: publish,
    remote: true,
    attributes: old('flyers'),
  })
  story.span({
    service: 'press',
    name: 'set',
    from: 190,
    to: 200,
    parent: consume,
    attributes: { ...mark, 'order.state': 2 },
  })
  expect(judge(story, 30_000, contract)).toMatchObject({ verdict: 'passed' })
})

test('the same span from two sources counts once, whichever stands first', () => {
  const story = tellStory({ flow: 'flyer' })
  handOut(story, printFlyers(story, orderFlyers(story), 120, 1_000), 1_010)
  const { evidence } = story.known(30_000)
  const again = evidence.facts.map((fact) => ({
    ...fact,
    id: `jaeger:${fact.id}`,
    source: 'jaeger' as const,
    seenAt: moment(25_000),
  }))
  const twice = [...evidence.facts, ...again.filter(({ kind }) => kind === 'span-ended')]
  const now = moment(40_000)
  expect(evaluate(printShop, story.order, { ...evidence, facts: twice.toReversed() }, now)).toEqual(
    evaluate(printShop, story.order, { ...evidence, facts: twice }, now),
  )
})

describe('a row found in a shared table', () => {
  const contract: Contract = {
    ...printShop,
    handoffs: {
      ...printShop.handoffs,
      F2: {
        kind: 'shared-database',
        from: 'front',
        to: 'press',
        table: 'flyers',
        operation: 'read',
        within: '5 s',
        context: 'continuous',
      },
    },
  }
  test('is crossed by the span that goes on under the context the row kept', () => {
    const story = tellStory({ flow: 'flyer' })
    const publish = orderFlyers(story)
    const found = story.span({ service: 'press', name: 'take', from: 400, to: 450, parent: publish, remote: true })
    story.span({
      service: 'press',
      name: 'set',
      from: 900,
      to: 950,
      parent: found,
      attributes: { ...ID, 'order.status': 'PRINTED' },
    })
    expect(hopOf(judge(story, 3_000, contract), 'F2')).toMatchObject({ state: 'crossed', context: 'continuous' })
  })
  test('is not crossed by work whose parent, a request, has not arrived yet', () => {
    const story = tellStory({ flow: 'flyer' })
    orderFlyers(story)
    story.span({ service: 'press', name: 'lookup', from: 300, to: 305, parent: story.ref() })
    expect(hopOf(judge(story, 3_000, contract), 'F2')).toMatchObject({ state: 'waiting' })
  })
})

test('a request to a system that leaves no spans is told by who sent it', () => {
  const contract: Contract = {
    ...printShop,
    systems: { ...printShop.systems, press: { services: [] } },
    handoffs: {
      ...printShop.handoffs,
      F2: { kind: 'http', from: 'front', to: 'press', route: 'PUT /jobs/{job}', within: '5 s' },
    },
  }
  const story = tellStory({ flow: 'flyer' })
  const publish = orderFlyers(story)
  story.span({
    service: 'front',
    name: 'PUT',
    kind: 'client',
    from: 300,
    to: 340,
    parent: publish,
    attributes: {
      ...ID,
      'http.request.method': 'PUT',
      'url.full': 'http://press/jobs/7',
      'http.response.status_code': 202,
    },
  })
  const hop = hopOf(judge(story, 3_000, contract), 'F2')
  expect(hop).toMatchObject({ state: 'crossed', witnesses: ['otlp'] })
  expect(Number(hop?.latency) / 1e6 + Number(hop?.plusMinus) / 1e6).toBeGreaterThanOrEqual(40)
})

describe('a loop that handles many orders under one long span', () => {
  test('leaves each order its own spans, also those that only a message id or a link tells', () => {
    const story = tellStory({ flow: 'flyer' })
    const publish = orderFlyers(story)
    const loop = story.ref()
    story.span({
      service: 'press',
      name: 'other',
      from: 100,
      to: 110,
      parent: loop,
      attributes: { 'order.id': '2002' },
    })
    story.span({
      service: 'press',
      name: 'deliver flyer.ordered',
      kind: 'consumer',
      from: 120,
      to: 900,
      parent: loop,
      links: [publish],
      attributes: { ...recent('flyers'), 'order.id': '' },
    })
    story.span({
      service: 'press',
      name: 'set',
      from: 800,
      to: 850,
      parent: loop,
      attributes: { ...ID, 'order.status': 'PRINTED' },
    })
    expect(hopOf(judge(story, 3_000), 'F2')).toMatchObject({ state: 'crossed', witnesses: ['otlp'], context: 'linked' })
  })
})
