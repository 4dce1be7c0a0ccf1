import type { SpanRef } from '../../src/evidence/span.ts'
import { type Story, type StoryOptions as Told, tellStory } from './story.ts'

const ID = { 'order.id': '1001' }
const http = (method: string, path: string, status: number) => ({
  ...ID,
  'http.request.method': method,
  'url.path': path,
  'http.response.status_code': status,
})
const S3 = { ...ID, 'rpc.service': 'S3', 'rpc.method': 'GetObject', 'aws.s3.bucket': 'models' }

/** Plays a partner's order up to where `breakAt` stops it, with every system asked all the time. */
export function playPartnerOrder(
  breakAt: string,
  how: Pick<Told, 'batchMs' | 'delayMs'> & { everyMs?: number } = {},
): Story {
  const story = tellStory({ flow: 'partner', ...how })
  const shown: Record<string, [string, number][]> = { 'crm-api': [], 'mes-api': [] }
  const sets = (service: string, status: string, parent: SpanRef, ms: number): void => {
    const attributes = { ...ID, 'order.status': status, 'event.name': 'order.status.changed' }
    story.span({ service, name: `set ${status}`, from: ms, to: ms + 2, parent, attributes })
    shown[service]?.push([status, ms + 2])
  }
  /** True if the receiver showed what the message brought. */
  const tell = (
    link: string,
    from: string,
    to: string,
    parent: SpanRef,
    ms: number,
    news: { exchange: string; key: string; queue: string; status: string },
  ): boolean => {
    if (breakAt === `${link} not published`) return false
    const attributes = {
      ...ID,
      'messaging.system': 'rabbitmq',
      'messaging.destination': news.exchange,
      'messaging.rabbitmq.routing_key': news.key,
    }
    const publish = story.span({
      service: from,
      name: `publish ${news.exchange}`,
      kind: 'producer',
      from: ms,
      to: ms + 3,
      parent,
      attributes,
    })
    if (breakAt === `${link} lost`) return false
    const consume = story.ref(publish.traceId)
    if (breakAt !== `${link} swallowed`) sets(to, news.status, consume, ms + 8)
    story.span({
      service: to,
      name: `${news.queue} process`,
      kind: 'consumer',
      from: ms + 7,
      to: ms + 15,
      parent: publish,
      remote: true,
      ref: consume,
      attributes,
    })
    return breakAt !== `${link} swallowed`
  }
  /** A person's request; the span under which the server did its work. */
  const ask = (
    by: string,
    system: string,
    method: string,
    path: string,
    ms: number,
    status: number,
    work: (server: SpanRef) => void,
  ): void => {
    const request = story.request(by, system, `${method} ${path}`, ms, ms + 30, status)
    if (status === 0) return
    const server = story.ref(request.traceId)
    work(server)
    story.span({
      service: `${system}-api`,
      name: method,
      kind: 'server',
      from: ms + 2,
      to: ms + 28,
      parent: request,
      remote: true,
      ref: server,
      attributes: http(method, path, status),
      ...(status >= 500 ? { error: 'boom' } : {}),
    })
  }

  place()
  for (const system of ['crm', 'mes', 'shop'])
    story.ask(system, {
      from: 10,
      to: 80_000,
      everyMs: how.everyMs ?? 100,
      service: `${system}-api`,
      says: (ms) =>
        (shown[system === 'mes' ? 'mes-api' : 'crm-api'] ?? []).findLast(([, since]) => ms > since)?.[0] ?? null,
    })
  return story

  function place(): void {
    const refusal = { 'P1 500': 500, 'P1 refused': 0 }[breakAt]
    if (refusal !== undefined) {
      ask('partner', 'mes', 'POST', '/partner/orders', 50, refusal, () => {})
      story.ended(100, 'order-stopped')
      return
    }
    ask('partner', 'mes', 'POST', '/partner/orders', 50, 201, (server) => {
      story.placed(81)
      if (breakAt === 'P1 forgets') return
      sets('mes-api', 'SUBMITTED', server, 60)
      tell('P2', 'mes-api', 'crm-api', server, 70, {
        exchange: 'manufacturing',
        key: 'partner.order.created',
        queue: 'crm.partner-orders',
        status: 'SUBMITTED',
      })
      price(server)
    })
  }

  function price(server: SpanRef): void {
    if (breakAt === 'work hangs') return
    if (breakAt === 'H6') {
      for (const ms of [200, 300, 400]) {
        const failed = story.span({
          service: 'mes-api',
          name: 'price.calculate',
          from: ms,
          to: ms + 50,
          parent: server,
          error: 'no such file',
        })
        story.span({
          service: 'mes-api',
          name: 'S3.GetObject',
          kind: 'client',
          from: ms + 5,
          to: ms + 20,
          parent: failed,
          error: 'NoSuchKey',
          attributes: S3,
        })
      }
      return
    }
    const work = story.span({ service: 'mes-api', name: 'price.calculate', from: 200, to: 900, parent: server })
    story.span({
      service: 'mes-api',
      name: 'S3.GetObject',
      kind: 'client',
      from: 210,
      to: 240,
      parent: work,
      attributes: S3,
    })
    if (breakAt === 'not stored') return
    sets('mes-api', 'PRICE_CALCULATED', server, 910)
    if (
      tell('H7', 'mes-api', 'crm-api', server, 920, {
        exchange: 'manufacturing',
        key: 'order.status.price_calculated',
        queue: 'crm.statuses',
        status: 'PRICE_CALCULATED',
      })
    )
      sell()
  }

  function sell(): void {
    if (breakAt === 'seller waits') {
      story.ended(1_500, 'played')
      return
    }
    const fails = breakAt === 'H8 500'
    ask('seller', 'crm', 'POST', '/api/orders/1001/approve', 1_500, fails ? 500 : 200, (server) => {
      if (fails) {
        story.ended(1_600, 'order-stopped')
        return
      }
      if (breakAt === 'H8 forgets') return
      sets('crm-api', 'MANUFACTURING_APPROVED', server, 1_510)
      if (
        tell('H9', 'crm-api', 'mes-api', server, 1_515, {
          exchange: 'orders',
          key: 'order.approved',
          queue: 'mes.approvals',
          status: 'MANUFACTURING_APPROVED',
        })
      )
        make()
    })
  }

  function make(): void {
    let ms = 2_000
    for (const [click, status] of [
      ['take', 'MANUFACTURING_STARTED'],
      ['complete', 'MANUFACTURING_COMPLETED'],
      ['pack', 'PACKAGING'],
      ['ship', 'SHIPPED'],
    ] as const) {
      ask('operator', 'mes', 'POST', `/api/orders/1001/${click}`, ms, 200, (server) => {
        if (breakAt === `${status} forgets`) return
        sets('mes-api', status, server, ms + 10)
        tell(`H11 ${status}`, 'mes-api', 'crm-api', server, ms + 15, {
          exchange: 'manufacturing',
          key: `order.status.${status.toLowerCase()}`,
          queue: 'crm.statuses',
          status,
        })
      })
      if (breakAt === `${status} forgets`) return
      ms += 300
    }
    if (breakAt !== 'H12 never') deliver(ms)
    story.ended(ms + 60, 'played')
  }

  function deliver(ms: number): void {
    const error = breakAt === 'H12 500' ? { error: 'boom' } : {}
    const attributes = http('POST', '/api/deliveries', breakAt === 'H12 500' ? 500 : 200)
    const call = story.span({
      service: 'carrier',
      name: 'POST',
      kind: 'client',
      from: ms,
      to: ms + 45,
      attributes,
      ...error,
    })
    const served = story.span({
      service: 'crm-api',
      name: 'POST',
      kind: 'server',
      from: ms + 5,
      to: ms + 40,
      parent: call,
      remote: true,
      attributes,
      ...error,
    })
    if (!breakAt.startsWith('H12')) sets('crm-api', 'CLOSED', served, ms + 20)
  }
}
