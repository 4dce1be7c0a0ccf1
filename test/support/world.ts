import type { Condition } from '../../src/evidence/condition.ts'
import type { Coverage } from '../../src/evidence/coverage.ts'
import type { Evidence, WatchedOrder } from '../../src/evidence/evidence.ts'
import type { Death, Fact, SpanEnded } from '../../src/evidence/fact.ts'
import type { Key } from '../../src/evidence/keys.ts'
import type { AttributeValue, Span, SpanKind, SpanRef } from '../../src/evidence/span.ts'
import { fromMs, type UnixNanos, unixNanos } from '../../src/shared/units.ts'
import { createWorldBroker, type Message } from './world-broker.ts'

/** What goes wrong with the message of one link (`at`); the last five come right in time. */
export type MessageTrouble =
  | 'rejected for good'
  | 'unroutable'
  | 'wrong key'
  | 'purged'
  | 'expired unread'
  | 'swallowed'
  | 'no consumer'
  | 'stuck consumer'
  | 'requeued for ever'
  | 'never settled'
  | 'applied twice'
  | 'rejected, then taken'
  | 'redelivered once'
  | 'published twice, handled once'
  | 'consumer away shortly'
  | 'queue full of others'

/** What goes wrong in a synthetic world; each is the effect of a defect, told in the words of the world itself. */
export type Trouble =
  | 'none'
  | 'create fails'
  | 'create forgets'
  | 'submit forgets'
  | 'reader stops'
  | 'taken, not published'
  | 'receiver down'
  | 'receiver deaf'
  | 'work throws'
  | 'work throws once'
  | 'work hangs'
  | 'result not stored'
  | 'price news lost'
  | 'approval not stored'
  | 'context dropped'
  | 'probe dies'
  | 'operator forgets'
  | 'create fails once'
  | 'approval refused'
  | 'approval forbidden'
  | MessageTrouble

export interface WorldOptions {
  readonly seed: number
  readonly trouble?: Trouble
  /** Clock of each service minus true time, in milliseconds. */
  readonly offsetsMs?: Readonly<Record<string, number>>
  /** How long exports take beyond the exporter's own delay, at most, in milliseconds. */
  readonly exportDelayMs?: number
  readonly statusApi?: boolean
  readonly spans?: boolean
  readonly history?: boolean
  /** Whether a broker witness tells. */
  readonly broker?: boolean
  /** The link at which a message trouble strikes, `H5` where none is named. */
  readonly at?: string
  /** From this moment of the world on, this service's exporter tells nothing. */
  readonly frozen?: { readonly service: string; readonly fromMs: number }
}

/** True times of every hop, in milliseconds of the world, as no witness knows them. */
export type Truth = ReadonlyMap<string, { readonly start: number; readonly end: number }>

export interface World {
  readonly order: WatchedOrder
  readonly evidence: Evidence
  readonly truth: Truth
  /** What is known at a moment of the world. */
  knownAt(ms: number): { evidence: Evidence; now: UnixNanos }
  readonly endsAtMs: number
}

/** A day in 2026, so that numbers have the size they have in life. */
const EPOCH = 1_795_000_000_000_000_000n
const BATCH_MS = 200
const POLL_MS = 90
const SERVICES: Readonly<Record<string, string>> = {
  shop: 'shop-api',
  crm: 'crm-api',
  mes: 'mes-api',
  carrier: 'carrier',
}
const ORDER_ID = 'a7f3-21'
export const at = (ms: number): UnixNanos => unixNanos(EPOCH + fromMs(ms))

export function createRandom(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0 || 1
  return () => {
    state ^= state << 13
    state >>>= 0
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 4_294_967_296
  }
}

interface Draft {
  readonly system: string
  readonly span: Span
  readonly trueEnd: number
}

/** Plays one customer order from the first click to CLOSED, or to where the trouble stops it, and collects what each witness would tell. */
export function createWorld(options: WorldOptions): World {
  const trouble = options.trouble ?? 'none'
  const random = createRandom(options.seed)
  const about = (ms: number): number => ms * (0.6 + 0.8 * random())
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  const drafts: Draft[] = []
  const facts: Fact[] = []
  const truth = new Map<string, { start: number; end: number }>()
  const statuses: Record<string, { status: string; at: number }[]> = { shop: [], crm: [], mes: [] }
  const key = `SYN-${options.seed}`
  let horizon = 0
  const broker = createWorldBroker(at, createRandom(options.seed + 7))

  const offset = (system: string): number => options.offsetsMs?.[SERVICES[system] ?? system] ?? 0
  const read = (system: string, ms: number): UnixNanos => at(ms + offset(system))
  const truncated = (system: string, ms: number): UnixNanos => unixNanos((read(system, ms) / 1_000_000n) * 1_000_000n)

  const emit = (
    system: string,
    name: string,
    kind: SpanKind,
    parent: SpanRef | null,
    start: number,
    end: number,
    extra: {
      attributes?: Record<string, AttributeValue>
      links?: SpanRef[]
      error?: string
      remote?: boolean
      ref?: SpanRef
      unlabelled?: boolean
    } = {},
  ): SpanRef => {
    const ref = extra.ref ?? { traceId: parent?.traceId ?? hex(32), spanId: hex(16) }
    const begin = truncated(system, start)
    const service = SERVICES[system] ?? system
    drafts.push({
      system,
      trueEnd: end,
      span: {
        ...ref,
        parentSpanId: parent?.spanId ?? null,
        parentIsRemote: parent === null ? null : (extra.remote ?? false),
        links: extra.links ?? [],
        kind,
        name,
        start: begin,
        end: unixNanos(begin + fromMs(end - start)),
        status: extra.error === undefined ? 'unset' : 'error',
        statusMessage: extra.error ?? null,
        attributes: {
          ...(extra.unlabelled ? {} : { 'order.id': ORDER_ID, 'order.reference': key }),
          ...extra.attributes,
        },
        exceptions: extra.error === undefined ? [] : [{ type: 'RangeError', message: extra.error, at: begin }],
        service,
        instance: `${service}/1`,
        version: '1',
        scope: 'test',
      },
    })
    horizon = Math.max(horizon, end)
    return ref
  }
  const sets = (system: string, status: string, parent: SpanRef, start: number): number => {
    const end = start + about(2)
    const ref = emit(system, `order.status ${status}`, 'internal', parent, start, end, {
      attributes: { 'order.status': status, 'event.name': 'order.status.changed' },
    })
    emit(system, 'pg.query:UPDATE', 'client', ref, start + 0.1, end - 0.1, {
      attributes: { 'db.system.name': 'postgresql', 'db.query.text': 'UPDATE orders SET status = $1' },
    })
    statuses[system]?.push({ status, at: end })
    if (system === 'crm') statuses.shop?.push({ status, at: end })
    return end
  }
  const fact = (ms: number, kind: string, more: object): void => {
    facts.push({
      id: `${kind}:${facts.length}`,
      source: 'probe',
      seenAt: at(ms + 1),
      at: { clock: 'monitor', earliest: at(ms), latest: at(ms) },
      keys: [],
      kind,
      ...more,
    } as unknown as Fact)
  }
  /** A person's request; `serve` runs inside the server's span and gives its end. */
  const request = (
    by: string,
    system: string,
    method: string,
    path: string,
    sent: number,
    serve: (server: SpanRef, start: number) => number,
    status = 200,
  ): number => {
    const client: SpanRef = { traceId: hex(32), spanId: hex(16) }
    const server: SpanRef = { traceId: client.traceId, spanId: hex(16) }
    const start = sent + about(0.8)
    const done = serve(server, start) + about(0.3)
    const down = status === 0
    if (!down) {
      emit(system, method, 'server', client, start, done, {
        ref: server,
        remote: true,
        attributes: { 'http.request.method': method, 'url.path': path, 'http.response.status_code': status },
      })
    }
    const answered = done + about(0.5)
    facts.push({
      id: `request:${facts.length}`,
      source: 'probe',
      kind: 'request-made',
      by,
      system,
      method,
      path,
      httpStatus: down ? null : status,
      failure: down ? 'refused' : null,
      span: client,
      seenAt: at(answered),
      keys: [],
      at: { clock: 'monitor', earliest: at(sent), latest: at(answered) },
    })
    horizon = Math.max(horizon, answered)
    return answered
  }
  const publish = (
    system: string,
    handoff: string,
    exchange: string,
    keyName: string,
    queue: string,
    receiver: string,
    parent: SpanRef,
    start: number,
    drop = false,
  ) => {
    const mishap = handoff === (trouble === 'price news lost' ? 'H7' : (options.at ?? 'H5')) ? trouble : 'none'
    const confirmed = start + about(4)
    const sent = mishap === 'wrong key' ? `${keyName}.misspelt` : keyName
    const post = (at: number): { message: Message; ref: SpanRef; attributes: Record<string, AttributeValue> } => {
      const attributes = {
        'messaging.system': 'rabbitmq',
        'messaging.destination': exchange,
        'messaging.rabbitmq.routing_key': sent,
        'messaging.message_id': hex(12),
      }
      const ref = emit(system, `publish ${exchange}`, 'producer', parent, at, at + (confirmed - start), { attributes })
      const message = { messageId: attributes['messaging.message_id'], context: ref, exchange, key: sent, queue }
      broker.publish(at + 0.5, message, mishap === 'unroutable' || mishap === 'wrong key' ? [] : [queue])
      return { message, ref, attributes }
    }
    const { message, ref, attributes } = post(start)
    const taken = start + about(6)
    type Handle = (consumer: SpanRef, at: number) => number
    /** Handed out at `ms` and handled until the span ends; settled with it. */
    const handle = (
      ms: number,
      end: Handle,
      how: { deaths?: readonly Death[]; redelivered?: boolean; error?: string } = {},
      of = { message, ref, attributes },
    ): number => {
      broker.deliver(ms - 0.4, of.message, how)
      const consumer: SpanRef = { traceId: drop ? hex(32) : of.ref.traceId, spanId: hex(16) }
      const finished = end(consumer, ms + 0.2)
      emit(receiver, `${queue} process`, 'consumer', drop ? null : of.ref, ms, finished, {
        ref: consumer,
        remote: true,
        attributes: { ...of.attributes, 'messaging.operation': 'process' },
        ...(how.error === undefined ? {} : { error: how.error }),
      })
      broker.hold({ ms: finished - 0.1, queue, unacknowledged: -1 })
      return finished
    }
    const fails: Handle = (_, s) => s + 3
    /** One try that is rejected, with the delay behind it, or the end in the terminal queue. */
    const reject = (
      ms: number,
      tries: number,
      before: readonly Death[],
    ): { next: number; deaths: readonly Death[] } => {
      const done = handle(ms, fails, { deaths: before, error: 'cannot read' })
      const delay = tries === 1 ? `${queue}.retry` : `${queue}.retry-last`
      const died: readonly Death[] = [
        { reason: 'rejected', queue, exchange, routingKeys: [keyName], count: tries },
        ...before.filter((death) => death.queue !== queue),
      ]
      if (tries === 3) {
        broker.deadLetter(done, message, 'orders.dead', died)
        return { next: done, deaths: died }
      }
      broker.deadLetter(done, message, delay, died)
      const back = done + 300
      const expired: readonly Death[] = [
        { reason: 'expired', queue: delay, exchange: 'retries', routingKeys: [keyName], count: 1 },
        ...died,
      ]
      broker.hold({ ms: back, queue: delay, ready: -1 })
      broker.deadLetter(back, message, queue, expired)
      return { next: back + 3, deaths: expired }
    }
    return {
      confirmed,
      deliver(end: Handle): number {
        truth.set(handoff, { start, end: taken })
        const nobody = (): number => {
          broker.hold({ ms: 0, queue, consumers: 0 })
          return 0
        }
        const purge = (): number => {
          broker.hold({ ms: 0, queue, consumers: 0 })
          broker.hold({ ms: start + 1_000, queue, ready: -1 })
          broker.hold({ ms: start + 2_000, queue, consumers: 1 })
          return 0
        }
        const twice = (): number => {
          const finished = handle(taken, end)
          const second = post(finished + 5)
          const again: Handle = mishap === 'applied twice' ? end : (_, s) => s + 1
          return handle(finished + 15, again, {}, second)
        }
        const ways: Partial<Record<Trouble, () => number>> = {
          unroutable: () => {
            broker.setUp(queue, { bindings: [] })
            return 0
          },
          'wrong key': () => {
            return 0
          },
          'receiver down': nobody,
          'receiver deaf': nobody,
          'no consumer': nobody,
          'stuck consumer': () => {
            broker.hold({ ms: 0, queue, unacknowledged: 10 })
            return 0
          },
          'price news lost': purge,
          purged: purge,
          'expired unread': () => {
            broker.setUp(queue, { messageTtlMs: 1_000, deadLetterExchange: null })
            broker.hold({ ms: 0, queue, unacknowledged: 10 })
            broker.hold({ ms: start + 1_000, queue, ready: -1 })
            return 0
          },
          swallowed: () => {
            handle(taken, fails)
            return 0
          },
          'never settled': () => {
            broker.deliver(taken, message)
            return 0
          },
          'requeued for ever': () => {
            for (let ms = taken; ms < taken + 30_000; ms += 200) {
              handle(ms, fails, { redelivered: ms > taken, error: 'cannot read' })
              broker.hold({ ms: ms + 3.2, queue, ready: 1 })
            }
            return 0
          },
          'rejected for good': () => {
            const first = reject(taken, 1, [])
            const second = reject(first.next, 2, first.deaths)
            reject(second.next, 3, second.deaths)
            return 0
          },
          'rejected, then taken': () => {
            const { next, deaths } = reject(taken, 1, [])
            return handle(next, end, { deaths })
          },
          'redelivered once': () => {
            broker.deliver(taken, message)
            broker.hold({ ms: taken + 100, queue, ready: 1, unacknowledged: -1 })
            return handle(taken + 250, end, { redelivered: true })
          },
          'applied twice': twice,
          'published twice, handled once': twice,
          'consumer away shortly': () => {
            broker.hold({ ms: 0, queue, consumers: 0 })
            broker.hold({ ms: taken + 4_000, queue, consumers: 1 })
            return handle(taken + 4_010, end)
          },
          'queue full of others': () => {
            broker.hold({ ms: 0, queue, ready: 500, unacknowledged: 10 })
            broker.hold({ ms: taken + 5_000, queue, ready: -500, unacknowledged: -10 })
            return handle(taken + 5_010, end)
          },
        }
        return ways[mishap]?.() ?? handle(taken, end)
      },
    }
  }
  const ended = (ms: number, outcome: string): void =>
    fact(ms, 'probe-ended', { outcome, detail: outcome === 'broke' ? 'locator not found' : null })

  play()
  return collect()

  function play(): void {
    let t = 100
    if (trouble === 'create fails') {
      t = request('customer', 'shop', 'POST', '/api/orders', t, (_, s) => s + 3, 500)
      return void ended(t + 5, 'order-stopped')
    }
    if (trouble === 'create fails once') t = request('customer', 'shop', 'POST', '/api/orders', t, (_, s) => s + 3, 500)
    const sent = t
    t = request(
      'customer',
      'shop',
      'POST',
      '/api/orders',
      t,
      (server, s) => {
        truth.set('H1', { start: sent, end: s })
        return trouble === 'create forgets' ? s + 2 : sets('shop', 'INITIATED', server, s + about(1))
      },
      201,
    )
    fact(t, 'order-placed', { orderId: ORDER_ID, keys: [{ kind: 'order', value: ORDER_ID }] })
    const path = `/api/orders/${ORDER_ID}`
    if (trouble === 'create forgets') {
      t = request('customer', 'shop', 'PUT', `${path}/model`, t + about(10), (_, s) => s + 2, 404)
      return void ended(t + 5, 'order-stopped')
    }
    if (trouble === 'probe dies') return void ended(t + 5, 'killed')
    t = request('customer', 'shop', 'PUT', `${path}/model`, t + about(10), (server, s) => {
      const put = { start: s + 1, end: s + 1 + about(12) }
      truth.set('H2', put)
      emit('shop', 'S3.PutObject', 'client', server, put.start, put.end, {
        attributes: {
          'rpc.system': 'aws-api',
          'rpc.service': 'S3',
          'rpc.method': 'PutObject',
          'aws.s3.bucket': 'models',
        },
      })
      return sets('shop', 'FILE_UPLOADED', server, put.end + about(1))
    })
    let committed = 0
    let rowContext: SpanRef = { traceId: '', spanId: '' }
    t = request('customer', 'shop', 'POST', `${path}/submit`, t + about(10), (server, s) => {
      rowContext = server
      if (trouble === 'submit forgets') return s + 2
      committed = sets('shop', 'SUBMITTED', server, s + about(1))
      return committed
    })
    if (trouble === 'reader stops' || trouble === 'submit forgets') return
    const taken = committed + about(60)
    truth.set('H4', { start: committed, end: taken })
    const take: SpanRef = { traceId: hex(32), spanId: hex(16) }
    const visible = sets('crm', 'SUBMITTED', take, taken + 0.5)
    const message =
      trouble === 'taken, not published'
        ? null
        : publish(
            'crm',
            'H5',
            'orders',
            'order.submitted',
            'mes.orders',
            'mes',
            take,
            visible + about(1),
            trouble === 'context dropped',
          )
    emit('crm', 'order.take', 'internal', null, taken, (message?.confirmed ?? visible) + 0.5, {
      ref: take,
      links: [rowContext],
    })
    if (message === null) return
    let priced: SpanRef | null = null
    let worked = 0
    message.deliver((consumer, s) => {
      priced = consumer
      worked = sets('mes', 'SUBMITTED', consumer, s)
      return worked + 0.3
    })
    if (priced === null) return
    const price = work(priced, worked + about(5))
    if (price === null) return
    const news = publish(
      'mes',
      'H7',
      'manufacturing',
      'order.status.price_calculated',
      'crm.statuses',
      'crm',
      price.ref,
      price.end + about(1),
    )
    let shown = 0
    news.deliver((consumer, s) => {
      shown = sets('crm', 'PRICE_CALCULATED', consumer, s)
      return shown + 0.3
    })
    if (shown === 0) return
    sellAndMake(path, shown + about(150))
  }

  function work(parent: SpanRef, start: number): { ref: SpanRef; end: number } | null {
    if (trouble === 'work hangs') return null
    const failures = trouble === 'work throws' ? 3 : trouble === 'work throws once' ? 1 : 0
    let t = start
    for (let i = 0; i < failures; i++) {
      emit('mes', 'price.calculate', 'internal', parent, t, t + about(40), { error: 'triangulation failed' })
      t += about(120)
    }
    if (trouble === 'work throws') return null
    const got = { start: t + 1, end: t + 1 + about(8) }
    const end = got.end + about(120)
    const calc = emit('mes', 'price.calculate', 'internal', parent, t, end, {})
    truth.set('H6', got)
    emit('mes', 'S3.GetObject', 'client', calc, got.start, got.end, {
      attributes: { 'rpc.service': 'S3', 'rpc.method': 'GetObject', 'aws.s3.bucket': 'models' },
    })
    if (trouble === 'result not stored') return null
    return { ref: parent, end: sets('mes', 'PRICE_CALCULATED', parent, end + 0.5) }
  }

  function sellAndMake(path: string, start: number): void {
    let t = start
    if (trouble === 'approval refused' || trouble === 'approval forbidden') {
      const status = trouble === 'approval refused' ? 409 : 403
      t = request('seller', 'crm', 'POST', `${path}/approve`, t, (_, s) => s + 2, status)
      return void ended(t + 5, 'order-stopped')
    }
    let approved: SpanRef = { traceId: '', spanId: '' }
    let stored = 0
    t = request('seller', 'crm', 'POST', `${path}/approve`, t, (server, s) => {
      approved = server
      truth.set('H8', { start: t, end: s })
      stored = trouble === 'approval not stored' ? 0 : sets('crm', 'MANUFACTURING_APPROVED', server, s + about(1))
      return stored === 0 ? s + 2 : stored
    })
    if (stored === 0) return
    let seen = 0
    publish('crm', 'H9', 'orders', 'order.approved', 'mes.approvals', 'mes', approved, stored + 0.5).deliver(
      (consumer, s) => {
        seen = sets('mes', 'MANUFACTURING_APPROVED', consumer, s)
        return seen + 0.3
      },
    )
    if (seen === 0) return
    t = Math.max(t, seen) + about(150)
    const steps = [
      ['take', 'MANUFACTURING_STARTED'],
      ['complete', 'MANUFACTURING_COMPLETED'],
      ['pack', 'PACKAGING'],
      ['ship', 'SHIPPED'],
    ] as const
    for (const [click, status] of steps) {
      if (trouble === 'operator forgets' && click === 'pack') return void ended(t + 10, 'played')
      let server: SpanRef = { traceId: '', spanId: '' }
      let set = 0
      const clicked = t
      t = request('operator', 'mes', 'POST', `${path}/${click}`, t, (ref, s) => {
        server = ref
        truth.set(`H10/${status}`, { start: clicked, end: s })
        set = sets('mes', status, ref, s + about(1))
        return set
      })
      publish(
        'mes',
        `H11/${status}`,
        'manufacturing',
        `order.status.${status.toLowerCase()}`,
        'crm.statuses',
        'crm',
        server,
        set + 0.5,
      ).deliver((consumer, s) => sets('crm', status, consumer, s) + 0.3)
      t += about(100)
    }
    const call: SpanRef = { traceId: hex(32), spanId: hex(16) }
    const sent = t + 1
    const served = sent + about(0.8)
    truth.set('H12', { start: sent, end: served })
    const server: SpanRef = { traceId: call.traceId, spanId: hex(16) }
    const closed = sets('crm', 'CLOSED', server, served + about(1))
    emit('crm', 'POST', 'server', call, served, closed + 0.4, {
      ref: server,
      remote: true,
      attributes: { 'http.request.method': 'POST', 'url.path': '/api/deliveries', 'http.response.status_code': 200 },
    })
    emit('carrier', 'POST', 'client', null, sent, closed + 1, {
      ref: call,
      attributes: { 'http.request.method': 'POST', 'url.path': '/api/deliveries' },
    })
    ended(closed + 5, 'played')
  }

  function collect(): World {
    const endsAtMs = horizon + 45_000
    if (options.statusApi !== false)
      for (const system of ['shop', 'crm', 'mes'])
        poll(system, trouble === 'none' || horizon > 0 ? Math.min(endsAtMs, horizon + 32_000) : 0)
    const told = options.broker === true ? broker.tell(endsAtMs) : { facts: [], conditions: [], coverage: [] }
    const coverage = [...(options.spans === false ? [] : exportSpans()), ...told.coverage]
    facts.push(...told.facts)
    const conditions: readonly Condition[] = told.conditions
    const order: WatchedOrder = {
      key,
      flow: 'customer',
      probe: 'shop-api',
      run: 'run-1',
      until: null,
      enteredAt: at(0),
      placeWithinMs: 5_000,
    }
    const evidence: Evidence = { facts, conditions, coverage }
    return {
      order,
      evidence,
      truth,
      endsAtMs,
      knownAt(ms) {
        const now = at(ms)
        return {
          now,
          evidence: {
            facts: facts.filter(({ seenAt }) => seenAt <= now),
            conditions: conditions.filter(({ to }) => to <= now),
            coverage: coverage.filter(({ seenAt }) => seenAt <= now),
          },
        }
      },
    }
  }

  function poll(system: string, until: number): void {
    for (let sent = 20; sent < until; sent += POLL_MS * (0.9 + 0.2 * random())) {
      const client: SpanRef = { traceId: hex(32), spanId: hex(16) }
      const common = {
        source: 'status-api' as const,
        system,
        poll: client,
        keys: [{ kind: 'order', value: ORDER_ID }] as Key[],
      }
      const down = trouble === 'receiver down' && system === 'mes'
      const start = sent + about(0.7)
      const end = start + about(1.5)
      const answered = end + about(0.6)
      const when = { clock: 'monitor', earliest: at(sent), latest: at(answered) }
      const id = `poll:${system}:${Math.round(sent * 1000)}`
      if (down) {
        facts.push({
          ...common,
          id,
          kind: 'status-unavailable',
          why: 'refused',
          detail: 'connection refused',
          at: when,
          seenAt: at(answered),
        })
        continue
      }
      emit(system, 'GET', 'server', client, start, end, {
        remote: true,
        unlabelled: true,
        attributes: { 'http.request.method': 'GET', 'url.path': `/api/orders/${ORDER_ID}` },
      })
      const reached = (statuses[system] ?? []).filter((status) => status.at <= start + 0.5)
      facts.push({
        ...common,
        id,
        kind: 'status-answered',
        at: when,
        seenAt: at(answered),
        status: reached.at(-1)?.status ?? null,
        history: options.history === true ? reached.map(({ status }) => status) : null,
      })
    }
  }

  function exportSpans(): Coverage[] {
    const coverage: Coverage[] = []
    for (const system of new Set(drafts.map((draft) => draft.system))) {
      const own = drafts.filter((draft) => draft.system === system).sort((a, b) => a.trueEnd - b.trueEnd)
      const freeze =
        options.frozen !== undefined && options.frozen.service === SERVICES[system]
          ? options.frozen.fromMs
          : Number.POSITIVE_INFINITY
      for (let i = 0; i < own.length; ) {
        const flush = (own[i]?.trueEnd ?? 0) + BATCH_MS
        const batch: Draft[] = []
        for (let next = own[i]; next !== undefined && next.trueEnd < flush; next = own[i]) {
          batch.push(next)
          i++
        }
        if (flush > freeze) break
        const seenAt = at(flush + about(2) + random() * (options.exportDelayMs ?? 0))
        coverage.push(tellBatch(system, batch, seenAt, coverage.length))
      }
    }
    return coverage
  }

  function tellBatch(system: string, batch: readonly Draft[], seenAt: UnixNanos, n: number): Coverage {
    const service = SERVICES[system] ?? system
    const id = `otlp:${service}/1:${n}`
    for (const { span } of batch) {
      const told: SpanEnded = {
        id: `otlp:${span.traceId}:${span.spanId}`,
        source: 'otlp',
        kind: 'span-ended',
        span,
        batch: id,
        seenAt,
        keys: [{ kind: 'trace', value: span.traceId }],
        at: { clock: span.instance, earliest: span.end, latest: span.end },
      }
      facts.push(told)
    }
    const ends = batch.map(({ span }) => span.end).sort((a, b) => (a < b ? -1 : 1))
    return {
      id,
      source: 'otlp',
      service,
      instance: `${service}/1`,
      from: ends[0] ?? at(0),
      to: ends.at(-1) ?? at(0),
      seenAt,
      spans: batch.length,
      dropped: 0,
    }
  }
}
