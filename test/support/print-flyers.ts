import type { SpanRef } from '../../src/evidence/span.ts'
import type { Story } from './story.ts'

const ID = { 'order.id': '1001' }
const message = (exchange: string, key: string) => ({
  ...ID,
  'messaging.system': 'rabbitmq',
  'messaging.destination.name': exchange,
  'messaging.rabbitmq.destination.routing_key': key,
})

/** The order is placed and ORDERED at 100 ms; its message is published at 110 ms. */
export function orderFlyers(story: Story, also: Readonly<Record<string, string>> = {}): SpanRef {
  const request = story.request('customer', 'front', 'POST /flyers', 50, 130, 201)
  story.placed(130)
  const server = story.span({
    service: 'front',
    name: 'POST /flyers',
    kind: 'server',
    from: 60,
    to: 125,
    parent: request,
    remote: true,
    attributes: { ...ID, 'http.request.method': 'POST', 'url.path': '/flyers', 'http.response.status_code': 201 },
  })
  story.span({
    service: 'front',
    name: 'set ORDERED',
    from: 90,
    to: 100,
    parent: server,
    attributes: { ...ID, ...also, 'order.status': 'ORDERED' },
  })
  return story.span({
    service: 'front',
    name: 'publish flyer.ordered',
    kind: 'producer',
    from: 110,
    to: 112,
    parent: server,
    attributes: message('flyers', 'flyer.ordered'),
  })
}

/** The press takes the message in a handler that runs until the printing is done, and tells the front. */
export function printFlyers(
  story: Story,
  publish: SpanRef,
  from: number,
  to: number,
  also: Readonly<Record<string, string>> = {},
): SpanRef {
  const consume = story.ref(publish.traceId)
  story.span({
    service: 'press',
    name: 'set PRINTED',
    from: to - 20,
    to: to - 10,
    parent: consume,
    attributes: { ...ID, ...also, 'order.status': 'PRINTED' },
  })
  const news = story.span({
    service: 'press',
    name: 'publish flyer.printed',
    kind: 'producer',
    from: to - 8,
    to: to - 5,
    parent: consume,
    attributes: message('flyers', 'flyer.printed'),
  })
  story.span({
    service: 'press',
    name: 'press.flyers process',
    kind: 'consumer',
    from,
    to,
    parent: publish,
    remote: true,
    ref: consume,
    attributes: message('flyers', 'flyer.ordered'),
  })
  return news
}

/** The front hears of it and sets READY. */
export function handOut(story: Story, news: SpanRef, from: number, also: Readonly<Record<string, string>> = {}): void {
  const consume = story.ref(news.traceId)
  story.span({
    service: 'front',
    name: 'set READY',
    from: from + 5,
    to: from + 10,
    parent: consume,
    attributes: { ...ID, ...also, 'order.status': 'READY' },
  })
  story.span({
    service: 'front',
    name: 'front.news process',
    kind: 'consumer',
    from,
    to: from + 15,
    parent: news,
    remote: true,
    ref: consume,
    attributes: message('flyers', 'flyer.printed'),
  })
}
