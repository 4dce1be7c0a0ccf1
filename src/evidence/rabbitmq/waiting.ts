import { earliest, fromMs, latest, minus, type UnixNanos } from '../../shared/units.ts'
import type { MessageFact } from '../fact.ts'
import { keyText } from '../keys.ts'

export interface WaitingLimits {
  /** Most messages that wait. */
  readonly max: number
  /** How long one waits for its order to become known, in milliseconds. */
  readonly maxAgeMs: number
}

/** When messages were forgotten that named an order nobody had claimed yet, on the monitor's clock. */
export interface Hole {
  readonly from: UnixNanos
  readonly to: UnixNanos
  readonly dropped: number
}

/** Where messages wait that passed before anybody knew they belong to an order of ours. What it forgets it remembers by name, for a while. */
export interface WaitingMessages {
  add(fact: MessageFact): void
  /** Takes out what waits under a name (as `keyText` writes it), in order of arrival. */
  take(name: string): readonly MessageFact[]
  /** What was forgotten under a name that somebody has been interested in since `since`; null: nothing. */
  forgottenOf(name: string, since: UnixNanos): Hole | null
  /** Lets go of what is too old. */
  forget(now: UnixNanos): void
  readonly size: number
  /** Forgotten for want of room, before their time. */
  readonly crowdedOut: number
}

/** How many names of forgotten messages are remembered for each message that may wait. */
const REMEMBERED = 4

export function createWaitingMessages(limits: WaitingLimits): WaitingMessages {
  /** In order of arrival. */
  const waiting = new Set<MessageFact>()
  const byName = new Map<string, Set<MessageFact>>()
  /** In order of forgetting. */
  const forgotten = new Map<string, Hole>()
  /** Up to when names of forgotten messages have been forgotten themselves. */
  let blank: UnixNanos | null = null
  let crowdedOut = 0

  const leave = (fact: MessageFact) => {
    waiting.delete(fact)
    for (const key of fact.keys) {
      const name = keyText(key)
      const others = byName.get(name)
      others?.delete(fact)
      if (others?.size === 0) byName.delete(name)
    }
  }

  const remember = (fact: MessageFact) => {
    for (const key of fact.keys) {
      const name = keyText(key)
      const before = forgotten.get(name)
      forgotten.set(name, widen(before, fact))
    }
    for (const [name, hole] of forgotten) {
      if (forgotten.size <= limits.max * REMEMBERED) break
      forgotten.delete(name)
      blank = blank === null ? hole.to : latest(blank, hole.to)
    }
  }

  const drop = (fact: MessageFact) => {
    leave(fact)
    remember(fact)
  }

  return {
    add: (fact) => {
      waiting.add(fact)
      for (const key of fact.keys) {
        const name = keyText(key)
        const others = byName.get(name)
        if (others === undefined) byName.set(name, new Set([fact]))
        else others.add(fact)
      }
      if (waiting.size <= limits.max) return
      const [oldest] = waiting
      if (oldest === undefined) return
      crowdedOut++
      drop(oldest)
    },
    take: (name) => {
      const found = [...(byName.get(name) ?? [])]
      for (const fact of found) leave(fact)
      return found
    },
    forgottenOf: (name, since) => {
      const hole = forgotten.get(name)
      if (hole !== undefined) return hole
      return blank !== null && blank > since ? { from: since, to: blank, dropped: 1 } : null
    },
    forget: (now) => {
      const oldest = minus(now, fromMs(limits.maxAgeMs))
      for (const fact of waiting) {
        if (fact.seenAt >= oldest) break
        drop(fact)
      }
    },
    get size() {
      return waiting.size
    },
    get crowdedOut() {
      return crowdedOut
    },
  }
}

const widen = (hole: Hole | undefined, { at }: MessageFact): Hole =>
  hole === undefined
    ? { from: at.earliest, to: at.latest, dropped: 1 }
    : { from: earliest(hole.from, at.earliest), to: latest(hole.to, at.latest), dropped: hole.dropped + 1 }
