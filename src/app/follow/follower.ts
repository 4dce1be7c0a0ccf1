import type { Contract } from '../../contract/contract.ts'
import type { Evaluation } from '../../diagnosis/verdict.ts'
import type { Coverage } from '../../evidence/coverage.ts'
import type { Evidence, EvidenceRecord, WatchedOrder } from '../../evidence/evidence.ts'
import type { Fact } from '../../evidence/fact.ts'
import { type Key, type KeySet, keyText } from '../../evidence/keys.ts'
import type { PlantedRegistry } from '../../evidence/planted.ts'
import type { EvidenceSink } from '../../evidence/ports.ts'
import type { Clock } from '../../shared/clock.ts'
import { earliest, fromMs, minus, type UnixNanos } from '../../shared/units.ts'
import { keysOf, namesOf, pollTraceOf } from './names.ts'
import { createSharedEvidence } from './shared-evidence.ts'
import { createTracker, type Tracker } from './tracker.ts'
import { createTurns } from './turns.ts'
import { createUnrouted } from './unrouted.ts'
import type { Watched } from './watched.ts'

export interface FollowerOptions {
  readonly contract: Contract
  readonly clock: Clock
  readonly evaluate: (contract: Contract, order: WatchedOrder, evidence: Evidence, now: UnixNanos) => Evaluation
  readonly correlate: (contract: Contract, order: WatchedOrder, facts: readonly Fact[]) => KeySet
  /** Tells the listeners which names of an order to look out for from now on, and which no longer. */
  readonly claim: (keys: readonly Key[], holder: string) => void
  readonly release: (keys: readonly Key[], holder: string) => void
  /** Asks the sources about an order from now on; `moved` says that it has just moved. */
  readonly poll: { watch(watched: Watched): void; moved(key: string): void; unwatch(key: string): void }
  /** What is planted in the orders that are followed. */
  readonly planted: Pick<PlantedRegistry, 'add' | 'remove'>
  /** Keeps a record of the evidence of a run. */
  readonly record: (record: EvidenceRecord, run: string) => void
  /** Longest time evidence is collected before it is evaluated. */
  readonly coalesceMs?: number
}

/** The loop by which evidence leads to new names, and new names to more evidence. */
export interface Follower extends EvidenceSink {
  watch(order: WatchedOrder): Watched
  /** Lets go of an order; its last standing stays readable. */
  unwatch(key: string): void
  watched(key: string): Watched | undefined
  /** Statements of coverage that tell of dropped spans. */
  gaps(): readonly Coverage[]
  /** Names of services that have sent anything since we listen. */
  heard(): ReadonlySet<string>
}

const COALESCE_MS = 20
/** Coverage from a little before an order was entered still speaks about the instances it will meet. */
const BEFORE_MS = 60_000

/**
 * Takes what the sources tell, gives each fact to the order that owns it, learns the order's names from its facts, has the
 * listeners and askers look for the new names, and evaluates when evidence or time could change the answer.
 */
export function createFollower(options: FollowerOptions): Follower {
  const { contract, clock, record } = options
  const shared = createSharedEvidence()
  const unrouted = createUnrouted()
  const turns = createTurns()
  const heard = new Set<string>()
  const trackers = new Map<string, Tracker>()
  const owners = new Map<string, Set<Tracker>>()

  const own = (tracker: Tracker, name: string) => {
    const known = owners.get(name)
    if (known === undefined) owners.set(name, new Set([tracker]))
    else known.add(tracker)
  }

  const adopt = (tracker: Tracker, keys: readonly Key[]) => {
    for (const key of keys) own(tracker, keyText(key))
    const names = new Set(keys.map(keyText))
    for (const fact of unrouted.take((waiting) => namesOf(waiting).some((name) => names.has(name)))) give(tracker, fact)
  }

  const give = (tracker: Tracker, fact: Fact) => {
    if (!tracker.add(fact)) return
    record({ type: 'fact', record: fact }, tracker.order.run)
    // The answering server's spans carry the question's trace; they are the order's evidence without being its journey.
    const poll = pollTraceOf(fact)
    if (poll !== null) adopt(tracker, [{ kind: 'trace', value: poll }])
  }

  const learn = (tracker: Tracker, keys: readonly Key[]) => {
    options.claim(keys, tracker.order.key)
    adopt(tracker, keys)
    // Now there may be an id to ask about.
    options.poll.moved(tracker.order.key)
  }

  const openRuns = () => new Set([...trackers.values()].map((tracker) => tracker.order.run))

  const tellAll = (shareable: Exclude<EvidenceRecord, { type: 'fact' }>) => {
    for (const run of openRuns()) record(shareable, run)
    for (const tracker of trackers.values()) tracker.touch()
  }

  const fact = (told: Fact) => {
    const mine = new Set(namesOf(told).flatMap((name) => [...(owners.get(name) ?? [])]))
    for (const tracker of mine) give(tracker, told)
    if (mine.size === 0) unrouted.add(told)
  }

  const forget = (tracker: Tracker) => {
    for (const [name, set] of owners) {
      set.delete(tracker)
      if (set.size === 0) owners.delete(name)
    }
  }

  const watch = (order: WatchedOrder): Watched => {
    options.planted.add(order.key)
    const tracker = createTracker({
      order,
      clock,
      turns,
      coalesceMs: options.coalesceMs ?? COALESCE_MS,
      evaluate: (facts, now) => {
        const { coverage, conditions } = shared
        return options.evaluate(contract, order, { facts, conditions, coverage }, now)
      },
      correlate: (facts) => options.correlate(contract, order, facts),
      onKeys: (keys) => learn(tracker, keys),
      onMoved: () => options.poll.moved(order.key),
      onFinal: () => options.poll.unwatch(order.key),
    })
    trackers.set(order.key, tracker)
    // What every order of the run may need is written to the run's log from its beginning.
    for (const record_ of shared.coverage) record({ type: 'coverage', record: record_ }, order.run)
    for (const record_ of shared.conditions) record({ type: 'condition', record: record_ }, order.run)
    tracker.start()
    options.poll.watch(tracker)
    return tracker
  }

  const unwatch = (key: string) => {
    const tracker = trackers.get(key)
    if (tracker === undefined) return
    trackers.delete(key)
    tracker.stop()
    options.poll.unwatch(key)
    options.planted.remove(key)
    options.release(keysOf(tracker.keys()), key)
    forget(tracker)
    const oldest = [...trackers.values()].map(({ order }) => order.enteredAt).reduce(earliest, clock.now())
    shared.prune(minus(oldest, fromMs(BEFORE_MS)))
  }

  return {
    fact,
    coverage: (told) => {
      shared.addCoverage(told)
      if (told.source === 'otlp') heard.add(told.service)
      tellAll({ type: 'coverage', record: told })
    },
    condition: (told) => {
      shared.addCondition(told)
      tellAll({ type: 'condition', record: told })
    },
    watch,
    unwatch,
    watched: (key) => trackers.get(key),
    heard: () => heard,
    gaps: () => shared.coverage.filter((record) => record.dropped > 0),
  }
}
