import type { UnixNanos } from '../../shared/units.ts'
import { delay } from '../../shared/wait.ts'
import type { Key } from '../keys.ts'
import type { Listener, SourceHealth } from '../ports.ts'
import { createBrokerQueues } from './broker-queues.ts'
import { vhostOf } from './connection.ts'
import { createCountedSink } from './counted-sink.ts'
import { type BrokerEvents, listenToEvents } from './events.ts'
import { createHandedOut } from './handed-out.ts'
import { createMessageIntake } from './intake.ts'
import { createManagement } from './management.ts'
import { createOutage } from './outage.ts'
import { createQueueLooker } from './queue-looker.ts'
import { createQueueWatch } from './queue-watch.ts'
import { createRecords } from './records.ts'
import { openSession, type Session } from './session.ts'
import type { RabbitMqOptions } from './settings.ts'
import { standingOf, type TapStanding } from './standing.ts'
import { createTracingSwitch } from './tracing.ts'
import { troublesOf } from './troubles.ts'
import { createUnread } from './unread.ts'
import { createVouching } from './vouching.ts'
import { watchedNames } from './watched-names.ts'

/** Taps a RabbitMQ: tells of the messages of claimed orders, and how the contract's queues stand. */
export interface RabbitMqTap extends Listener {
  /** From now on messages of these keys are told as facts, and those that wait are told at once; `holder` as for the OTLP receiver. */
  claim(keys: Iterable<Key>, holder?: string): void
  release(keys: Iterable<Key>, holder?: string): void
}

/** How much later than planned a beat may come before it says more about this process than about the broker. */
const STALLED_MS = 500
/** Between two tries to switch tracing on again, at first and at most: whoever switched it off may have had a reason. */
const MEND_MS = 5_000
const MEND_MOST_MS = 300_000

/** The tap; `start` resolves once the first connection stands or has failed, and failing goes on trying. */
export function createRabbitMqTap(options: RabbitMqOptions): RabbitMqTap {
  const { clock, pace, mode } = options
  const vhost = vhostOf(options.url)
  const names = watchedNames(options.contract)
  const records = createRecords()
  const sink = createCountedSink()
  const isWanted = () => intake.holders > 0
  const vouchingFor = (instance: string) => createVouching({ vhost, instance, clock, records, sink, isWanted })
  const vouching = { firehose: vouchingFor('firehose'), letters: vouchingFor('dead-letters') }
  const intake = createMessageIntake(sink, {
    clock,
    records,
    waiting: options.waiting,
    onHole: ({ from, to, dropped }) => {
      vouching.firehose.hole(from, to, dropped)
      vouching.letters.hole(from, to, dropped)
    },
  })
  const management =
    options.managementUrl === null ? null : createManagement({ url: options.managementUrl, ca: options.ca })
  const broker = management === null ? null : createBrokerQueues(management, vhost)
  const tracing = createTracingSwitch(management, vhost)
  const unread = createUnread(clock)
  const outage = createOutage(clock, records, sink)
  let session: Session | null = null
  const looker = createQueueLooker(() => session?.connection ?? null)
  const handedOut = createHandedOut(names.queues)
  const queues = createQueueWatch({
    queues: names.queues,
    broker,
    looker,
    clock,
    records,
    sink,
    isWanted,
    handedOut: mode === 'firehose' ? handedOut.by : () => null,
    statistics: options.statistics,
  })

  const stopping = new AbortController()
  let standing: TapStanding = { state: 'healthy' }
  let lost: { readonly since: UnixNanos; readonly why: string } = { since: clock.now(), why: 'not connected yet' }
  let overflows = 0
  let isListening = false
  let events: BrokerEvents | null = null
  let timer: NodeJS.Timeout | undefined
  let connecting: Promise<void> = Promise.resolve()
  let boundAt = 0
  let mendAt = 0
  let mendWait = MEND_MS

  const lookAgain = () => {
    queues.lookNow()
    boundAt = 0
  }

  const connectOnce = async (): Promise<string> => {
    const opened = await openSession({
      ...options,
      firehose: mode === 'firehose',
      names,
      broker,
      tracing,
      intake,
      unread,
      handedOut,
      vouching,
      onExposed: sink.fact,
      onOverflow: () => void overflows++,
    })
    if (stopping.signal.aborted) {
      await opened.close()
      return 'stopped'
    }
    session = opened
    boundAt = performance.now()
    if (events === null) events = await listenToEvents(options, vhost, names.queues, lookAgain)
    first.resolve()
    beat()
    return opened.ended
  }

  const stayConnected = async () => {
    for (let wait = pace.reconnectMs; !stopping.signal.aborted; wait = Math.min(wait * 2, pace.reconnectMostMs)) {
      const began = performance.now()
      const why = await connectOnce().catch((error: unknown) =>
        error instanceof Error ? error.message : String(error),
      )
      session = null
      lost = { since: clock.now(), why }
      await events?.close()
      events = null
      first.resolve()
      if (performance.now() - began > pace.reconnectMostMs) wait = pace.reconnectMs
      await delay(wait, stopping.signal).catch(() => {})
    }
  }

  const judge = (on: Session) => {
    const lines = {
      firehose: on.noFirehose === null ? on.ways.firehose.line : null,
      letters: on.noLetters === null ? on.ways.letters.line : null,
    }
    // Tracing that is off and not ours to switch is no outage: this broker does not show us its messages.
    const unsupported = on.notSwitched !== null && lines.firehose?.lag() === null
    standing = standingOf(unsupported ? { ...lines, firehose: null } : lines, clock.now(), pace)
    const isBehind = on.ways.firehose.goesOn()
    if (standing.state === 'down') {
      if (standing.silent === 'firehose' && !isBehind) void mend()
      const why = standing.silent === 'all' ? 'pilot messages do not come back' : isBehind ? BEHIND : TRACING_OFF
      outage.lasts(standing.since, why)
    } else outage.over()
    if (standing.state === 'late') outage.late(standing.lag, pace.lateMs)
  }

  const mend = async () => {
    if (performance.now() < mendAt) return
    mendAt = performance.now() + mendWait
    mendWait = Math.min(mendWait * 2, MEND_MOST_MS)
    await tracing.switchOn()
  }

  let beatDueAt = Number.POSITIVE_INFINITY
  const beat = () => {
    clearTimeout(timer)
    if (stopping.signal.aborted) return
    const stalled = performance.now() > beatDueAt + STALLED_MS
    const ms = isWanted() ? pace.pilotMs : pace.restMs
    beatDueAt = performance.now() + ms
    timer = setTimeout(beat, ms)
    intake.forget()
    if (session === null) outage.lasts(lost.since, `RabbitMQ cannot be reached: ${lost.why}`)
    else {
      if (!stalled) judge(session)
      refreshBindings(session)
      sendPilot(session)
    }
  }

  const refreshBindings = (on: Session) => {
    if (!isWanted() || performance.now() < boundAt + pace.bindingsMs) return
    boundAt = performance.now()
    void on.deadLetters.refresh().catch(() => {})
  }

  const sendPilot = (on: Session) => {
    try {
      on.pilot()
    } catch {
      // The connection is going; what ends it is told there.
    }
  }

  const first = Promise.withResolvers<void>()

  const troubles = (): readonly string[] => [
    ...(session === null ? [`not connected: ${lost.why}`] : troublesOf(session, mode)),
    ...(outage.why === null || session === null ? [] : [outage.why]),
    ...(overflows > 0 ? [`messages were pushed out of our queue ${overflows} times`] : []),
    ...(intake.crowdedOut > 0 ? [`${intake.crowdedOut} messages forgotten for want of room`] : []),
  ]

  return {
    name: 'rabbitmq',
    start: async (to) => {
      sink.listen(to)
      isListening = true
      lost = { since: clock.now(), why: 'not connected yet' }
      connecting = stayConnected()
      await first.promise
      unread.watch(isWanted())
      beat()
      queues.start()
    },
    stop: async () => {
      if (stopping.signal.aborted) return
      stopping.abort()
      clearTimeout(timer)
      unread.watch(false)
      const open = session
      await queues.stop()
      await open?.close()
      await connecting
      await tracing.putBack()
      management?.close()
    },
    health: (): SourceHealth => {
      const all = troubles()
      return {
        name: 'rabbitmq',
        state: session === null ? 'down' : standing.state,
        told: sink.told,
        dropped: intake.crowdedOut + overflows,
        detail: all.length === 0 ? null : `${all.join('; ')}.`,
      }
    },
    claim: (keys, holder) => {
      const wasWanted = isWanted()
      intake.claim(keys, holder)
      if (wasWanted || !isWanted() || !isListening || stopping.signal.aborted) return
      vouching.firehose.flush()
      vouching.letters.flush()
      unread.watch(true)
      lookAgain()
      beat()
    },
    release: (keys, holder) => {
      intake.release(keys, holder)
      if (!isWanted()) unread.watch(false)
    },
  }
}

const BEHIND = 'the firehose shows what passed longer ago than is of use'
const TRACING_OFF = 'the firehose shows nothing: message tracing is off'
