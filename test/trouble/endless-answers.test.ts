import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeySet } from '../../src/evidence/keys.ts'
import type { Answer } from '../../src/evidence/ports.ts'
import { createManagement } from '../../src/evidence/rabbitmq/management.ts'
import { createStatusApi } from '../../src/evidence/status-api/status-api.ts'
import { createStorageSource } from '../../src/evidence/storage/storage.ts'
import { createMonitorClock } from '../../src/shared/clock.ts'
import { Secret } from '../../src/shared/secret.ts'
import { milliseconds } from '../../src/shared/units.ts'
import { openWay, type TroubledWay } from './troubled-way.ts'

/** What is read of an endless answer before it is given up, what lies in the sockets between included, in MB. */
const MOST_READ_MB = 24
const PATIENCE_MS = 3_000

const none: ReadonlySet<string> = new Set()
const KEYS: KeySet = {
  order: new Set(['order-1']),
  reference: none,
  trace: none,
  message: none,
  correlation: none,
  run: none,
}
const clock = createMonitorClock()
const never = new AbortController().signal

let way: TroubledWay
beforeEach(async () => {
  way = await openWay('127.0.0.1', 1)
})
afterEach(() => way.stop())

const url = () => `http://127.0.0.1:${way.port}`
const readMb = () => way.liedBytes / 2 ** 20

const answersOf: Readonly<Record<string, () => Promise<string>>> = {
  'a status API': async () => {
    const { path, status } = { path: '/orders/{order}', status: 'status' }
    const shop = { url: url(), path, status, headers: {}, notFound: [404], content: {} }
    const source = createStatusApi({
      systems: { shop },
      clock,
      timeoutMs: milliseconds(PATIENCE_MS),
      onPoll: () => {},
    })
    const answer = await source.ask('shop', KEYS, never)
    source.close()
    return outcomeOf(answer)
  },
  'a storage server': async () => {
    const credentials = { accessKeyId: 'reader', secretAccessKey: new Secret('secret') }
    const source = createStorageSource({
      access: { endpoint: url(), region: 'us-east-1', pathStyle: true, credentials },
      files: { H2: { bucket: 'models', object: 'orders/{order}/', flows: ['customer'] } },
      clock,
      timeoutMs: PATIENCE_MS,
      pace: { quick: milliseconds(100), slowest: milliseconds(100), maxPerSecond: 10 },
    })
    const answer = await source.ask('H2', KEYS, never)
    await source.close?.()
    return outcomeOf(answer)
  },
  'a management API': async () => {
    const { hostname, port } = new URL(url())
    const management = createManagement({ url: new Secret(`http://guest:guest@${hostname}:${port}`), ca: null })
    const { outcome } = await management.get('queues')
    management.close()
    return outcome
  },
}

/** Facts about the order itself would be a lie believed. */
const outcomeOf = (answer: Answer): string =>
  answer.outcome !== 'unsupported' && answer.facts.some(({ kind }) => kind !== 'status-unavailable')
    ? 'believed'
    : answer.outcome

describe('an answer that never ends', () => {
  it.each(Object.keys(answersOf))('of %s is given up after a few megabytes, and proves nothing', async (name) => {
    await way.be('endless')
    const began = performance.now()
    expect(await answersOf[name]?.()).toBe('unavailable')
    expect(performance.now() - began).toBeLessThan(PATIENCE_MS)
    expect(readMb()).toBeGreaterThan(0)
    expect(readMb()).toBeLessThan(MOST_READ_MB)
  })

  it('and comes byte by byte is given up in time, and proves nothing', { timeout: 6 * PATIENCE_MS }, async () => {
    await way.be('drips')
    const began = performance.now()
    const outcomes = await Promise.all(Object.values(answersOf).map((answer) => answer()))
    expect(outcomes).toEqual(outcomes.map(() => 'unavailable'))
    expect(performance.now() - began).toBeLessThan(3 * PATIENCE_MS)
  })
})
