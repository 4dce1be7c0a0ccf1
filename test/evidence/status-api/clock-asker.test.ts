import { createServer, type IncomingMessage } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import type { KeySet } from '../../../src/evidence/keys.ts'
import type { SpanRef } from '../../../src/evidence/span.ts'
import { type ClockAsker, createClockAsker } from '../../../src/evidence/status-api/clock-asker.ts'
import { createMonitorClock } from '../../../src/shared/clock.ts'
import { Secret } from '../../../src/shared/secret.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

const serving = async (status: number) => {
  const asked: IncomingMessage[] = []
  const server = createServer((request, response) => {
    asked.push(request)
    response.writeHead(status).end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { url: `http://127.0.0.1:${address.port}`, asked }
}

const asking = (url: string, polls: SpanRef[] = []): ClockAsker => {
  const asker = createClockAsker({
    routes: { carrier: { url: `${url}/base/`, path: '/ping', headers: { 'X-Token': new Secret('t') } } },
    clock: createMonitorClock(),
    timeoutMs: 5_000,
    onPoll: (poll) => polls.push(poll),
  })
  closing.push(() => asker.close())
  return asker
}

const keysOf = (...orders: string[]): KeySet => ({
  order: new Set(orders),
  reference: new Set(),
  trace: new Set(),
  message: new Set(),
  correlation: new Set(),
  run: new Set(),
})
const signal = new AbortController().signal

test('one light question, in a sampled trace of its own, is told of every order that was due', async () => {
  const { url, asked } = await serving(200)
  const polls: SpanRef[] = []
  const [first, second] = (await asking(url, polls).askMany?.('carrier', [keysOf('a'), keysOf('b')], signal)) ?? []
  expect(asked.map((request) => request.url)).toEqual(['/base/ping'])
  expect(asked[0]?.headers).toMatchObject({
    'x-token': 't',
    traceparent: `00-${polls[0]?.traceId}-${polls[0]?.spanId}-01`,
  })
  const facts = first?.outcome === 'not-yet' ? first.facts : []
  expect(facts).toMatchObject([
    {
      kind: 'clock-asked',
      system: 'carrier',
      poll: polls[0],
      keys: [
        { kind: 'order', value: 'a' },
        { kind: 'order', value: 'b' },
      ],
    },
  ])
  expect(second).toEqual({ outcome: 'not-yet', facts: [] })
})

test('any answer will do: a server that refuses has begun to serve between question and answer all the same', async () => {
  const { url } = await serving(404)
  expect(await asking(url).ask('carrier', keysOf('a'), signal)).toMatchObject({
    outcome: 'not-yet',
    facts: [{ kind: 'clock-asked' }],
  })
})

test('no answer tells nothing about the system, and a system without a light route is not asked', async () => {
  const asker = asking('http://127.0.0.1:1')
  expect(await asker.ask('carrier', keysOf('a'), signal)).toMatchObject({ outcome: 'unavailable', facts: [] })
  expect(await asker.ask('shop', keysOf('a'), signal)).toMatchObject({ outcome: 'unsupported' })
})
