import { randomBytes } from 'node:crypto'
import { Agent } from 'node:http'
import { Agent as TlsAgent } from 'node:https'
import type { Clock } from '../../shared/clock.ts'
import { MONITOR_CLOCK, type StatusAnswered, type StatusUnavailable } from '../fact.ts'
import { isAnothers } from '../foreign.ts'
import type { KeySet } from '../keys.ts'
import type { Answer, Asker, SourceHealth } from '../ports.ts'
import type { SpanRef } from '../span.ts'
import { type Exchange, exchange, type Outcome } from './exchange.ts'
import { pollHeaders } from './poll-headers.ts'
import { checkSystem, questionPath } from './question.ts'
import { readAnswer } from './read-answer.ts'
import type { StatusApiSystem } from './settings.ts'

export interface StatusApiOptions {
  readonly systems: Readonly<Record<string, StatusApiSystem>>
  readonly clock: Clock
  /** Longest time for one question, from connecting to the last byte of the answer. */
  readonly timeoutMs: number
  /** Told of each question's span before it is sent, so that the spans it causes can be recognised when they come. */
  readonly onPoll?: (poll: SpanRef) => void
  /** Certificate authorities in PEM, where the systems' certificates are not signed by a known one. */
  readonly ca?: string
}

/** Asks the systems' own status APIs. Each question is a sampled trace of its own, by which the asked instance testifies. */
export interface StatusApi extends Asker {
  /** Lets go of kept connections. */
  close(): void
}

type StatusFact = StatusAnswered | StatusUnavailable

interface AskedSystem extends StatusApiSystem {
  readonly base: URL
  readonly agent: Agent
}

const MAX_BODY_BYTES = 64 * 1024
/** One placement may have led to several orders; more than this are not asked about in one go. */
const MAX_ORDERS_ASKED = 8
/** A kept connection that the other end has just closed is no trouble of the system: ask again, at most this often. */
const MAX_STALE_CONNECTIONS = 3
const CONNECTIONS_KEPT = 4

/** Throws `bad-configuration` when a system's settings cannot work. */
export function createStatusApi(options: StatusApiOptions): StatusApi {
  const { clock, timeoutMs, onPoll, ca } = options
  const systems = new Map<string, AskedSystem>()
  for (const [name, system] of Object.entries(options.systems)) {
    checkSystem(name, system)
    const base = new URL(system.url)
    const kept = { keepAlive: true, maxFreeSockets: CONNECTIONS_KEPT }
    const agent = base.protocol === 'https:' ? new TlsAgent({ ...kept, ca }) : new Agent(kept)
    systems.set(name, { ...system, base, agent })
  }
  const trouble = new Map<string, string>()
  let told = 0
  let refused = 0

  const askOnce = async (system: AskedSystem, path: string, signal: AbortSignal) => {
    for (let stale = 0; ; stale++) {
      const poll: SpanRef = { traceId: randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') }
      onPoll?.(poll)
      const { agent, base } = system
      const done = await exchange(base, path, pollHeaders(system.headers, poll), {
        agent,
        clock,
        timeoutMs,
        signal,
        maxBodyBytes: MAX_BODY_BYTES,
      })
      if (done.outcome.got !== 'stale-connection' || stale === MAX_STALE_CONNECTIONS) return { poll, done }
    }
  }

  const askAbout = async (
    name: string,
    system: AskedSystem,
    { orderId, references }: OneOrder,
    signal: AbortSignal,
  ) => {
    const path = questionPath(system, orderId)
    if (path === null) return undefined
    const { poll, done } = await askOnce(system, path, signal)
    const fact = factOf(name, system, { orderId, references }, poll, done)
    if (fact === undefined) return undefined
    told++
    if (fact.kind === 'status-answered') trouble.delete(name)
    else trouble.set(name, fact.detail)
    if (fact.kind === 'status-unavailable' && fact.why === 'nonsense') refused++
    return fact
  }

  return {
    name: 'status-api',
    systems: [...systems.keys()],
    async ask(name, keys, signal) {
      const system = systems.get(name)
      if (system === undefined) return { outcome: 'unsupported', why: `no status API is configured for ${name}` }
      const orders = askableOrders(keys)
      const answers = await Promise.all(
        orders.map((orderId) => askAbout(name, system, { orderId, references: keys.reference }, signal)),
      )
      return answerOf(
        answers.filter((fact) => fact !== undefined),
        signal.aborted,
      )
    },
    health: () => healthOf(systems.size, trouble, told, refused),
    close() {
      for (const { agent } of systems.values()) agent.destroy()
    },
  }
}

const askableOrders = (keys: KeySet): readonly string[] => [...keys.order].slice(0, MAX_ORDERS_ASKED)

/** The order asked about, and the references that are ours. */
interface OneOrder {
  readonly orderId: string
  readonly references: ReadonlySet<string>
}

const factOf = (
  name: string,
  system: StatusApiSystem,
  { orderId, references }: OneOrder,
  poll: SpanRef,
  { sentAt, endedAt, outcome }: Exchange,
): StatusFact | undefined => {
  if (outcome.got === 'stopped') return undefined
  const common = {
    id: `status-api:${name}:${poll.traceId}`,
    source: 'status-api',
    at: { clock: MONITOR_CLOCK, earliest: sentAt, latest: endedAt },
    seenAt: endedAt,
    keys: [{ kind: 'order', value: orderId }],
    system: name,
    poll,
  } as const
  const said = meaningOf(system, outcome, references)
  return 'why' in said
    ? { ...common, kind: 'status-unavailable', ...said }
    : { ...common, kind: 'status-answered', ...said }
}

type Meaning =
  | Pick<StatusAnswered, 'status' | 'history' | 'content' | 'foreign'>
  | Pick<StatusUnavailable, 'why' | 'detail'>

const meaningOf = (
  system: StatusApiSystem,
  outcome: Exclude<Outcome, { got: 'stopped' }>,
  references: ReadonlySet<string>,
): Meaning => {
  if (outcome.got === 'stale-connection') return { why: 'error', detail: 'closed every connection before it answered' }
  if (outcome.got !== 'answer') return { why: outcome.got, detail: outcome.detail }
  const reading = readAnswer(system, outcome.httpStatus, outcome.body)
  if (reading.says === 'status') {
    const { status, history, reference, content } = reading
    if (isAnothers(reference, references)) return { status: null, history: null, foreign: true }
    return { status, history, ...(Object.keys(content).length === 0 ? {} : { content }) }
  }
  if (reading.says === 'no-such-order') return { status: null, history: null }
  return { why: reading.says, detail: reading.detail }
}

const answerOf = (facts: readonly StatusFact[], stopped: boolean): Answer => {
  if (facts.some((fact) => fact.kind === 'status-answered' && fact.status !== null)) return { outcome: 'found', facts }
  const failed = facts.find((fact) => fact.kind === 'status-unavailable')
  if (failed !== undefined) return { outcome: 'unavailable', why: failed.detail, facts }
  if (stopped) return { outcome: 'unavailable', why: 'stopped while asking', facts }
  return { outcome: 'not-yet', facts }
}

const healthOf = (
  systems: number,
  trouble: ReadonlyMap<string, string>,
  told: number,
  refused: number,
): SourceHealth => {
  const detail = trouble.size === 0 ? null : [...trouble].map(([name, what]) => `${name} ${what}`).join('; ')
  const counts = { name: 'status-api', told, dropped: refused, detail } as const
  if (systems === 0) return { ...counts, state: 'not-configured' }
  // One system that does not answer is that system's trouble; the source itself is down when none does.
  return { ...counts, state: trouble.size === systems ? 'down' : 'healthy' }
}
