import { createServer, type IncomingMessage, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { Fact } from '../../../src/evidence/fact.ts'
import type { KeySet } from '../../../src/evidence/keys.ts'
import type { SpanRef } from '../../../src/evidence/span.ts'
import type { StatusApiSystem } from '../../../src/evidence/status-api/settings.ts'
import { createStatusApi, type StatusApi, type StatusApiOptions } from '../../../src/evidence/status-api/status-api.ts'
import { createMonitorClock } from '../../../src/shared/clock.ts'
import { asWaybillError, type WaybillError } from '../../../src/shared/errors.ts'
import { Secret } from '../../../src/shared/secret.ts'
import { selfSigned } from './self-signed.ts'

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const listening = async (server: Server): Promise<number> => {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => open.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    for (const socket of open) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

const serving = async (answer: RequestListener) => {
  const asked: IncomingMessage[] = []
  const port = await listening(
    createServer((request, response) => {
      asked.push(request)
      answer(request, response)
    }),
  )
  return { url: `http://127.0.0.1:${port}`, asked, port }
}

const json =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }

const asking = (
  system: Partial<StatusApiSystem> & { url: string },
  options: Partial<StatusApiOptions> = {},
): StatusApi => {
  const api = createStatusApi({
    systems: { mes: { path: '/api/orders/{order}', status: 'status', ...system } },
    clock: createMonitorClock(),
    timeoutMs: 5000,
    ...options,
  })
  closing.push(() => api.close())
  return api
}

const keysOf = (...orders: string[]): KeySet => {
  const none = new Set<string>()
  return { order: new Set(orders), reference: none, trace: none, message: none, correlation: none, run: none }
}

const never = () => new AbortController().signal

const onlyFact = async (api: StatusApi, order = '42'): Promise<Fact> => {
  const answer = await api.ask('mes', keysOf(order), never())
  if (answer.outcome === 'unsupported' || answer.facts[0] === undefined) throw new Error(`no fact: ${inspect(answer)}`)
  return answer.facts[0]
}

describe('an answer', () => {
  it('becomes a fact with its interval on the monitor clock, its keys and its own trace', async () => {
    const server = await serving(json({ orderId: '42', status: 'PACKAGING' }))
    const clock = createMonitorClock()
    const before = clock.now()
    const answer = await asking({ url: server.url }, { clock }).ask('mes', keysOf('42'), never())
    expect(answer.outcome).toBe('found')
    const fact = answer.outcome === 'found' ? answer.facts[0] : undefined
    if (fact?.kind !== 'status-answered' || fact.poll === null) throw new Error('no answer told')
    expect(fact).toStrictEqual({
      id: `status-api:mes:${fact.poll.traceId}`,
      source: 'status-api',
      kind: 'status-answered',
      at: { clock: 'monitor', earliest: fact.at.earliest, latest: fact.at.latest },
      seenAt: fact.at.latest,
      keys: [{ kind: 'order', value: '42' }],
      system: 'mes',
      status: 'PACKAGING',
      history: null,
      poll: fact.poll,
    })
    expect(before < fact.at.earliest && fact.at.earliest < fact.at.latest && fact.at.latest <= clock.now()).toBe(true)
  })

  it('is read from a field further inside, with the history where the system tells it', async () => {
    const server = await serving(json({ data: { state: { code: 'B' }, past: ['A', 'B'] } }))
    const api = asking({ url: server.url, status: 'data.state.code', history: 'data.past' })
    expect(await onlyFact(api)).toMatchObject({ kind: 'status-answered', status: 'B', history: ['A', 'B'] })
  })

  it('tells the history also from a list of objects', async () => {
    const past = [{ state: { code: 'A' }, at: '2026-01-01T00:00:00Z' }, { state: { code: 'B' } }]
    const server = await serving(json({ status: 'B', data: { past } }))
    const api = asking({ url: server.url, history: 'data.past[].state.code' })
    expect(await onlyFact(api)).toMatchObject({ kind: 'status-answered', status: 'B', history: ['A', 'B'] })
  })

  it('about the order of another under our id is none about ours', async () => {
    const known = { ...keysOf('42'), reference: new Set(['SYN-1']) }
    const told = async (externalReference: string | null) => {
      const server = await serving(json({ status: 'B', externalReference }))
      const answer = await asking({ url: server.url, reference: 'externalReference' }).ask('mes', known, never())
      return answer.outcome === 'unsupported' ? answer : answer.facts[0]
    }
    expect(await told('SYN-2')).toMatchObject({ status: null, history: null, foreign: true })
    for (const ours of ['SYN-1', 'ext/syn-1', 'SYN', null]) {
      const fact = await told(ours)
      expect(fact).toMatchObject({ status: 'B' })
      expect(fact).not.toHaveProperty('foreign')
    }
  })

  it('comes with the named values of the order that the answer tells', async () => {
    const server = await serving(json({ status: 'B', priceCents: 7543, file: { sha256: 'ab' }, item: null }))
    const content = { price: 'priceCents', model: 'file.sha256', item: 'item', gone: 'gone' }
    expect(await onlyFact(asking({ url: server.url, content }))).toMatchObject({
      kind: 'status-answered',
      content: { price: '7543', model: 'ab' },
    })
  })

  it('without the history it should tell still tells the status', async () => {
    const server = await serving(json({ status: 'B' }))
    expect(await onlyFact(asking({ url: server.url, history: 'past[].status' }))).toMatchObject({
      status: 'B',
      history: null,
    })
  })

  it.each([
    { what: 'is no list', past: 'A, B' },
    { what: 'has an entry without a status', past: [{ status: 'A' }, {}] },
    { what: 'has an entry that is no object', past: [{ status: 'A' }, 'B'] },
  ])('whose history $what is nonsense', async ({ past }) => {
    const server = await serving(json({ status: 'B', past }))
    expect(await onlyFact(asking({ url: server.url, history: 'past[].status' }))).toMatchObject({
      kind: 'status-unavailable',
      why: 'nonsense',
      detail: expect.stringContaining('"past[].status" is no list of statuses'),
    })
  })

  it('that there is no such order is a status of null and not yet an answer', async () => {
    const server = await serving(json({ error: 'unknown order' }, 404))
    const answer = await asking({ url: server.url }).ask('mes', keysOf('42'), never())
    expect(answer).toMatchObject({
      outcome: 'not-yet',
      facts: [{ kind: 'status-answered', status: null, history: null }],
    })
  })

  it('may say "no such order" in a way of the system\'s own', async () => {
    const server = await serving(json({}, 410))
    expect(await onlyFact(asking({ url: server.url, notFound: [410] }))).toMatchObject({ status: null })
  })

  it('about several orders of one placement is one fact for each', async () => {
    const server = await serving((request, response) => {
      json({ status: request.url?.endsWith('/1') ? 'A' : 'B' })(request, response)
    })
    const answer = await asking({ url: server.url }).ask('mes', keysOf('1', '2'), never())
    expect(answer).toMatchObject({ outcome: 'found', facts: [{ status: 'A' }, { status: 'B' }] })
  })
})

describe('a question', () => {
  it('is announced before it is sent, sampled, marked synthetic, and never the same trace twice', async () => {
    const announced: SpanRef[] = []
    const knownOnArrival: boolean[] = []
    const server = await serving((request, response) => {
      knownOnArrival.push(
        announced.some((poll) => request.headers.traceparent === `00-${poll.traceId}-${poll.spanId}-01`),
      )
      json({ status: 'A' })(request, response)
    })
    const api = asking({ url: server.url }, { onPoll: (poll) => announced.push(poll) })
    for (let poll = 0; poll < 3; poll++) await onlyFact(api)
    expect(knownOnArrival).toStrictEqual([true, true, true])
    expect(new Set(announced.map((poll) => poll.traceId)).size).toBe(3)
    expect(server.asked.map((request) => request.headers.baggage)).toStrictEqual(Array(3).fill('synthetic=1'))
  })

  it('uses one connection again and again', async () => {
    const server = await serving(json({ status: 'A' }))
    const api = asking({ url: server.url })
    for (let poll = 0; poll < 5; poll++) await onlyFact(api)
    expect(new Set(server.asked.map((request) => request.socket)).size).toBe(1)
  })

  it('is asked again when the kept connection turns out to be closed', async () => {
    const server = await serving((request, response) => {
      if (server.asked.length === 2) request.socket.destroy()
      else json({ status: 'A' })(request, response)
    })
    const api = asking({ url: server.url })
    await onlyFact(api)
    expect(await onlyFact(api)).toMatchObject({ kind: 'status-answered', status: 'A' })
    expect(server.asked).toHaveLength(3)
  })

  it('cannot be led to another path by an order id', async () => {
    const server = await serving(json({ status: 'A' }))
    const api = asking({ url: `${server.url}/mes/`, path: '/api/orders/{order}/state' })
    await onlyFact(api, '../admin?x=1#y')
    await onlyFact(api, 'lone \ud800')
    expect(server.asked.map((request) => request.url)).toStrictEqual([
      '/mes/api/orders/..%2Fadmin%3Fx%3D1%23y/state',
      '/mes/api/orders/lone%20%EF%BF%BD/state',
    ])
    expect(await api.ask('mes', keysOf('..'), never())).toStrictEqual({ outcome: 'not-yet', facts: [] })
    expect(server.asked).toHaveLength(2)
  })

  it('needs an order id', async () => {
    const server = await serving(json({ status: 'A' }))
    expect(await asking({ url: server.url }).ask('mes', keysOf(), never())).toStrictEqual({
      outcome: 'not-yet',
      facts: [],
    })
    expect(server.asked).toHaveLength(0)
  })

  it('to a system that is not configured is unsupported', async () => {
    expect(await asking({ url: 'http://127.0.0.1:9' }).ask('crm', keysOf('42'), never())).toMatchObject({
      outcome: 'unsupported',
    })
  })

  it('carries its secrets and shows them nowhere', async () => {
    const server = await serving(json({ error: 'no' }, 401))
    const api = asking({ url: server.url, headers: { Authorization: new Secret('Bearer s3cr3t') } })
    const answer = await api.ask('mes', keysOf('42'), never())
    expect(server.asked[0]?.headers.authorization).toBe('Bearer s3cr3t')
    expect(inspect([answer, api.health()], { depth: 9 })).not.toContain('s3cr3t')
  })

  it('goes over TLS to a certificate of the given authority and no other', async () => {
    const own = await selfSigned()
    const port = await listening(createTlsServer({ key: own.key, cert: own.cert }, json({ status: 'A' })))
    const url = `https://127.0.0.1:${port}`
    expect(await onlyFact(asking({ url }, { ca: own.cert }))).toMatchObject({ kind: 'status-answered', status: 'A' })
    expect(await onlyFact(asking({ url }))).toMatchObject({ kind: 'status-unavailable', why: 'error' })
  })
})

describe('trouble', () => {
  const page: RequestListener = (_request, response) => void response.writeHead(200).end('<html>Welcome</html>')

  it.each<[string, RequestListener, string, RegExp]>([
    ['a 500', json({ error: 'x' }, 500), 'error', /HTTP 500/],
    ['a 503 with a status in it', json({ status: 'A' }, 503), 'error', /HTTP 503/],
    ['a refusal', json({}, 403), 'error', /HTTP 403/],
    ['a page', page, 'nonsense', /no JSON/],
    ['an empty answer', (_request, response) => void response.writeHead(204).end(), 'nonsense', /no JSON/],
    ['JSON without the field', json({ state: 'A' }), 'nonsense', /"status" is missing/],
    ['a status that is a number', json({ status: 4 }), 'nonsense', /"status" is a number/],
    ['a status of null', json({ status: null }), 'nonsense', /"status" is null/],
    ['JSON null', json(null), 'nonsense', /"status" is missing/],
    [
      'a redirect',
      (_request, response) => void response.writeHead(302, { location: '/login' }).end(),
      'nonsense',
      /HTTP 302/,
    ],
    [
      'an answer without end',
      (_request, response) => void response.write('x'.repeat(70_000)),
      'nonsense',
      /more than 65536 bytes/,
    ],
    [
      'a connection cut in mid-answer',
      (request, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"status"', () => request.socket.destroy())
      },
      'error',
      /connection failed/,
    ],
  ])('of %s is told as such', async (_what, answer, why, detail) => {
    const server = await serving(answer)
    const api = asking({ url: server.url })
    const fact = await onlyFact(api)
    expect(fact).toMatchObject({ kind: 'status-unavailable', why, detail: expect.stringMatching(detail) })
    expect(await api.ask('mes', keysOf('42'), never())).toMatchObject({
      outcome: 'unavailable',
      why: expect.stringMatching(detail),
    })
  })

  it('of silence ends at the time limit', async () => {
    const server = await serving(() => undefined)
    expect(await onlyFact(asking({ url: server.url }, { timeoutMs: 50 }))).toMatchObject({ why: 'timeout' })
  })

  it('of an answer that drips for ever ends at the time limit', async () => {
    const server = await serving((_request, response) => {
      const drip = setInterval(() => response.write(' '), 5)
      closing.push(() => clearInterval(drip))
    })
    expect(await onlyFact(asking({ url: server.url }, { timeoutMs: 60 }))).toMatchObject({ why: 'timeout' })
  })

  it('of nobody listening is a refusal', async () => {
    const server = await serving(json({}))
    await closing.pop()?.()
    expect(await onlyFact(asking({ url: server.url }))).toMatchObject({ kind: 'status-unavailable', why: 'refused' })
  })

  it('of something that speaks no HTTP is nonsense', async () => {
    const port = await listening(createTcpServer((socket) => void socket.end('220 mail.example ready\r\n')))
    expect(await onlyFact(asking({ url: `http://127.0.0.1:${port}` }))).toMatchObject({ why: 'nonsense' })
  })

  it('of being stopped leaves no fact and no open question', async () => {
    const stop = new AbortController()
    const server = await serving(() => stop.abort())
    const answer = await asking({ url: server.url }).ask('mes', keysOf('42'), stop.signal)
    expect(answer).toStrictEqual({ outcome: 'unavailable', why: 'stopped while asking', facts: [] })
  })

  it('of one system does not make the source down, of all of them does', async () => {
    const well = await serving(json({ status: 'A' }))
    const ill = await serving(json({}, 500))
    const common = { path: '/{order}', status: 'status' }
    const api = createStatusApi({
      systems: { mes: { ...common, url: ill.url }, crm: { ...common, url: well.url } },
      clock: createMonitorClock(),
      timeoutMs: 5000,
    })
    closing.push(() => api.close())
    await api.ask('mes', keysOf('1'), never())
    await api.ask('crm', keysOf('1'), never())
    expect(api.health()).toStrictEqual({
      name: 'status-api',
      state: 'healthy',
      told: 2,
      dropped: 0,
      detail: 'mes answered HTTP 500',
    })
    const alone = asking({ url: ill.url })
    await onlyFact(alone)
    expect(alone.health()).toMatchObject({ state: 'down' })
    expect(createStatusApi({ systems: {}, clock: createMonitorClock(), timeoutMs: 1 }).health().state).toBe(
      'not-configured',
    )
  })
})

const thrownBy = (work: () => unknown): WaybillError => {
  try {
    work()
  } catch (error) {
    return asWaybillError(error)
  }
  throw new Error('nothing was thrown')
}

describe('settings that cannot work', () => {
  it.each<[string, Partial<StatusApiSystem>, RegExp]>([
    ['an address that is none', { url: 'mes:8080/' }, /status API of mes, url/],
    ['a path without the order', { path: '/api/orders' }, /path: .*\/api\/orders\/\{order\}/],
    ['a path with a space', { path: '/a b/{order}' }, /path/],
    ['a history that is not a path', { history: 'past[]' }, /history: .*history\[\]\.status/],
    ['a header with a line end', { headers: { authorization: new Secret('hush\r\nx: y') } }, /header "authorization"/],
  ])('%s are refused at once, in one sentence', (_what, wrong, sentence) => {
    const refusal = thrownBy(() => asking({ url: 'http://127.0.0.1:9', ...wrong }))
    expect(refusal.code).toBe('bad-configuration')
    expect(refusal.sentence()).toMatch(sentence)
    expect(inspect(refusal)).not.toContain('hush')
  })
})
