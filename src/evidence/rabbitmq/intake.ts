import type { Clock } from '../../shared/clock.ts'
import { earliest, type UnixNanos } from '../../shared/units.ts'
import type { MessageFact } from '../fact.ts'
import { MONITOR_CLOCK } from '../fact.ts'
import { type Key, keyText } from '../keys.ts'
import type { EvidenceSink } from '../ports.ts'
import { createClaims } from './claims.ts'
import type { Records } from './records.ts'
import { createWaitingMessages, type Hole, type WaitingLimits } from './waiting.ts'

/** What a message says, before its time and its id are added. */
export type Seen = MessageFact extends infer F ? (F extends MessageFact ? Omit<F, keyof Stamp> : never) : never
type Stamp = Pick<MessageFact, 'id' | 'source' | 'at' | 'seenAt'>

/** Tells of messages whose order is claimed; the others wait, bounded, or are dropped. Knows no broker. */
export interface MessageIntake {
  /**
   * Takes one message that passed not before `since` and arrived now. `watched`: the contract speaks of its exchange or queue, so it
   * may wait for its order to become known.
   */
  take(seen: Seen, since: UnixNanos, watched: boolean): void
  /** Whether a message would be told or kept. */
  wants(keys: readonly Key[], watched: boolean): boolean
  claim(keys: Iterable<Key>, holder?: string): void
  release(keys: Iterable<Key>, holder?: string): void
  /** Lets go of what has waited too long. */
  forget(): void
  /** Orders, or names, somebody waits for at the moment. */
  readonly holders: number
  readonly waiting: number
  readonly crowdedOut: number
}

export interface IntakeOptions {
  readonly clock: Clock
  readonly records: Records
  readonly waiting: WaitingLimits
  /** Tells that messages of a claimed name were forgotten. */
  readonly onHole: (hole: Hole) => void
}

export function createMessageIntake(sink: Pick<EvidenceSink, 'fact'>, options: IntakeOptions): MessageIntake {
  const { clock, records } = options
  const claims = createClaims()
  const waiting = createWaitingMessages(options.waiting)

  const claimOne = (key: Key, holder: string) => {
    if (!claims.hold(key, holder, clock.now())) return
    const name = keyText(key)
    for (const fact of waiting.take(name)) sink.fact(fact)
    const hole = waiting.forgottenOf(name, claims.heldSince(holder) ?? clock.now())
    if (hole !== null) options.onHole(hole)
  }

  return {
    take: (seen, since, watched) => {
      const claimed = claims.holdsAny(seen.keys)
      if (!claimed && !watched) return
      const now = clock.now()
      const at = { clock: MONITOR_CLOCK, earliest: earliest(since, now), latest: now }
      const fact = { id: records.id(), source: 'rabbitmq', at, seenAt: now, ...seen } as const
      if (claimed) sink.fact(fact)
      else waiting.add(fact)
    },
    wants: (keys, watched) => watched || claims.holdsAny(keys),
    claim: (keys, holder) => {
      for (const key of keys) claimOne(key, holder ?? keyText(key))
    },
    release: (keys, holder) => claims.release(keys, holder),
    forget: () => waiting.forget(clock.now()),
    get holders() {
      return claims.holders
    },
    get waiting() {
      return waiting.size
    },
    get crowdedOut() {
      return waiting.crowdedOut
    },
  }
}
