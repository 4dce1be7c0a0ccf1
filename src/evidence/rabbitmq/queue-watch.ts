import type { Clock } from '../../shared/clock.ts'
import { fromMs, type Milliseconds, minus, type UnixNanos } from '../../shared/units.ts'
import type { QueueSetup, QueueState } from '../condition.ts'
import type { EvidenceSink } from '../ports.ts'
import type { BrokerQueues } from './broker-queues.ts'
import type { HandedOut } from './handed-out.ts'
import type { QueueLooker } from './queue-looker.ts'
import type { Records } from './records.ts'
import { createRepeats } from './repeats.ts'
import { createRounds } from './rounds.ts'

/** Watches the queues of the contract as long as somebody waits for an order. */
export interface QueueWatch {
  start(): void
  /** Looks at everything again now, because something has changed or somebody has begun to wait. */
  lookNow(): void
  stop(): Promise<void>
}

export interface QueueWatchOptions {
  readonly queues: ReadonlySet<string>
  /** The management API; null where there is none. */
  readonly broker: BrokerQueues | null
  readonly looker: QueueLooker
  readonly clock: Clock
  readonly records: Records
  readonly sink: Pick<EvidenceSink, 'condition'>
  /** Whether somebody waits for an order; the broker is left in peace otherwise. */
  readonly isWanted: () => boolean
  /** How many a tap had seen handed out of a queue by a moment; null where none can say. */
  readonly handedOut: HandedOut['by']
  /** How old the management API's figures may be. */
  readonly statistics: Milliseconds
}

/** Twenty looks a second at most, and one round in half a second. */
const LOOK_SPACING_MS = 50
const ROUND_MS = 500
const SETUP_EVERY_MS = 10_000
/** At most; and twice for each time the broker counts, so that what it counts is known soon after. */
const TOTALS_EVERY_MS = 1_000
const WHILE_UNWANTED_MS = 60_000

type Figures = Pick<QueueState, 'exists' | 'ready' | 'unacknowledged' | 'consumers'>

export function createQueueWatch(options: QueueWatchOptions): QueueWatch {
  const { broker, looker, clock, records, sink, isWanted } = options
  const queues = [...options.queues]
  const repeats = createRepeats()
  let stopped = false

  const tell = (how: string, subject: string, from: UnixNanos, figures: Figures) => {
    const to = clock.now()
    const handedOut = options.handedOut(subject, from)
    // A total of nothing unsettled counts from how many had been handed out by then.
    const told = JSON.stringify(figures.unacknowledged === null ? figures : { ...figures, handedOut })
    if (!repeats.isNews(`${how} ${subject}`, told, to, figures.ready === 0 ? 'quiet' : 'busy')) return
    const condition: QueueState = {
      id: records.id(),
      source: 'rabbitmq',
      kind: 'queue-state',
      subject,
      from,
      to,
      ...figures,
      ...(handedOut === null ? {} : { handedOut }),
    }
    sink.condition(condition)
  }

  const lookRound = async () => {
    if (!isWanted()) return
    for (const queue of queues) {
      if (stopped) return
      const from = clock.now()
      const seen = await looker.look(queue)
      if (seen !== null) tell('looked', queue, from, { ...seen, unacknowledged: null })
    }
  }

  const totalsRound = async () => {
    if (broker === null || !isWanted()) return
    // The figure may have been counted a statistics interval before the question.
    const from = minus(clock.now(), fromMs(options.statistics))
    const read = await broker.totals(queues)
    if (read.outcome !== 'found') return
    for (const [queue, { ready, unacknowledged }] of read.value) {
      tell('counted', queue, from, { exists: true, ready, unacknowledged, consumers: null })
    }
  }

  const setupRound = async () => {
    if (broker === null || !isWanted()) return
    const from = clock.now()
    const all = await broker.arguments(queues)
    if (all.outcome !== 'found') return
    for (const [subject, setup] of all.value) {
      const bound = await broker.bindingsOf(subject)
      if (bound.outcome !== 'found') continue
      // Every queue is bound to the default exchange by its name; that says nothing.
      const bindings = bound.value.flatMap(({ exchange, key }) => (exchange === '' ? [] : [{ exchange, key }]))
      const to = clock.now()
      const told: Omit<QueueSetup, 'id' | 'from' | 'to'> = {
        source: 'rabbitmq',
        kind: 'queue-setup',
        subject,
        bindings,
        ...setup,
      }
      if (!repeats.isNews(`setup ${subject}`, JSON.stringify(told), to, 'rare')) continue
      sink.condition({ id: records.id(), from, to, ...told })
    }
  }

  const at = (ms: number) => () => (isWanted() ? ms : WHILE_UNWANTED_MS)
  const rounds = [
    createRounds(lookRound, at(Math.max(ROUND_MS, queues.length * LOOK_SPACING_MS))),
    createRounds(totalsRound, at(Math.min(TOTALS_EVERY_MS, options.statistics / 2))),
    createRounds(setupRound, at(SETUP_EVERY_MS)),
  ]

  return {
    start: () => {
      for (const round of rounds) round.start()
    },
    lookNow: () => {
      for (const round of rounds) round.now()
    },
    stop: async () => {
      stopped = true
      await Promise.all(rounds.map((round) => round.stop()))
    },
  }
}
