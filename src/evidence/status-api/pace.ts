import { between, earliest, fromMs, type Nanos, nanos, plus, type UnixNanos } from '../../shared/units.ts'
import type { Pace } from '../ports.ts'

/** Where one order stands with one system. */
export interface PollState {
  /** Null before the first question. */
  readonly lastPolledAt: UnixNanos | null
  /** When this order was last seen to move, by any source. */
  readonly lastChangeAt: UnixNanos
}

/** Each wait at rest is half of the time at rest so far, so that the waits grow geometrically, by 1.5 each. */
const REST_SHARE = 2n

/**
 * When one order is due to be asked about: quickly while it moves, less and less often while it rests.
 *
 *     change  ··quick··  ··quick··  ····half the time at rest····  ········half of it········  …  ··slowest··
 */
export function pollDueAt(pace: Pace, { lastPolledAt, lastChangeAt }: PollState): UnixNanos {
  if (lastPolledAt === null) return lastChangeAt
  const rest = between(lastPolledAt, earliest(lastChangeAt, lastPolledAt))
  return plus(lastPolledAt, clamp(nanos(rest / REST_SHARE), fromMs(pace.quick), fromMs(pace.slowest)))
}

/** Whether a system may be asked now, and from when on if not. */
export type Turn =
  | { readonly outcome: 'ask'; readonly systemFreeAt: UnixNanos }
  | { readonly outcome: 'wait'; readonly until: UnixNanos }

const NANOS_PER_SECOND = 1e9

/**
 * Takes the system's next turn at the moment of asking, never ahead of it: a turn kept for an order at rest would make those
 * that move wait. `systemFreeAt` is what the turn before gave; null before the first.
 */
export function takeTurn(pace: Pace, systemFreeAt: UnixNanos | null, now: UnixNanos): Turn {
  if (systemFreeAt !== null && now < systemFreeAt) return { outcome: 'wait', until: systemFreeAt }
  const spacing = nanos(BigInt(Math.ceil(NANOS_PER_SECOND / pace.maxPerSecond)))
  return { outcome: 'ask', systemFreeAt: plus(now, spacing) }
}

const clamp = (value: Nanos, low: Nanos, high: Nanos): Nanos => {
  if (value > high) return high
  return value < low ? low : value
}
