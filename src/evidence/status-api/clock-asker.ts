import { randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { Clock } from '../../shared/clock.ts'
import type { Secret } from '../../shared/secret.ts'
import { type ClockAsked, MONITOR_CLOCK } from '../fact.ts'
import type { Key, KeySet } from '../keys.ts'
import type { Answer, Asker } from '../ports.ts'
import type { SpanRef } from '../span.ts'
import { exchange } from './exchange.ts'
import { pollHeaders } from './poll-headers.ts'

/** A light route of one system that leaves a server span. */
export interface ClockRoute {
  /** Base address, `http://host:port` or with a path prefix. */
  readonly url: string
  readonly path: string
  readonly headers?: Readonly<Record<string, Secret>>
}

export interface ClockAskerOptions {
  readonly routes: Readonly<Record<string, ClockRoute>>
  readonly clock: Clock
  /** Longest time for one question. */
  readonly timeoutMs: number
  /** Told of each question's span before it is sent. */
  readonly onPoll: (poll: SpanRef) => void
}

/** Asks systems a light question, only so that their clocks are known well: the quicker the answer, the narrower. */
export interface ClockAsker extends Asker {
  /** Lets go of kept connections. */
  close(): void
}

interface Route extends ClockRoute {
  readonly base: URL
  readonly agent: Agent
}

const MAX_BODY_BYTES = 64 * 1024
const NOTHING: Answer = { outcome: 'not-yet', facts: [] }

/**
 * One answer is told of every order that was due, so that many orders cost no more questions than one. One question is under way at a time: several at once would
 * wait for each other, and only the quick answers are of use.
 */
export function createClockAsker({ routes, clock, timeoutMs, onPoll }: ClockAskerOptions): ClockAsker {
  const systems = new Map(
    Object.entries(routes).map(([name, route]): [string, Route] => {
      const base = new URL(route.url)
      const kept = { keepAlive: true, maxFreeSockets: 1 }
      return [name, { ...route, base, agent: base.protocol === 'https:' ? new TlsAgent(kept) : new Agent(kept) }]
    }),
  )
  let told = 0
  let line: Promise<unknown> = Promise.resolve()

  const askInLine = (system: string, keys: readonly Key[], signal: AbortSignal): Promise<Answer> => {
    const answer = line.then(() => askOnce(system, keys, signal))
    line = answer
    return answer
  }

  const askOnce = async (system: string, keys: readonly Key[], signal: AbortSignal): Promise<Answer> => {
    const route = systems.get(system)
    if (route === undefined) return { outcome: 'unsupported', why: `no light route is configured for ${system}` }
    const poll: SpanRef = { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') }
    onPoll(poll)
    const path = route.base.pathname.replace(/\/+$/, '') + route.path
    const { sentAt, endedAt, outcome } = await exchange(route.base, path, pollHeaders(route.headers, poll), {
      agent: route.agent,
      clock,
      timeoutMs,
      signal,
      maxBodyBytes: MAX_BODY_BYTES,
    })
    if (outcome.got !== 'answer') return { outcome: 'unavailable', why: `no answer to ${route.path}`, facts: [] }
    told++
    const fact: ClockAsked = {
      id: `clock:${system}:${poll.traceId}`,
      source: 'status-api',
      kind: 'clock-asked',
      system,
      poll,
      at: { clock: MONITOR_CLOCK, earliest: sentAt, latest: endedAt },
      seenAt: endedAt,
      keys,
    }
    return { outcome: 'not-yet', facts: [fact] }
  }

  return {
    name: 'status-api',
    systems: [...systems.keys()],
    ask: (system, keys, signal) => askInLine(system, orderKeys([keys]), signal),
    async askMany(system, orders, signal) {
      const answer = await askInLine(system, orderKeys(orders), signal)
      return orders.map((_, i) => (i === 0 ? answer : NOTHING))
    },
    health: () => ({
      name: 'status-api',
      state: systems.size === 0 ? 'not-configured' : 'healthy',
      told,
      dropped: 0,
      detail: null,
    }),
    close() {
      for (const { agent } of systems.values()) agent.destroy()
    },
  }
}

const orderKeys = (orders: readonly KeySet[]): readonly Key[] =>
  [...new Set(orders.flatMap((keys) => [...keys.order]))].map((value) => ({ kind: 'order', value }))
