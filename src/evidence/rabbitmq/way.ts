import type { Clock } from '../../shared/clock.ts'
import type { UnixNanos } from '../../shared/units.ts'
import { createPilotLine, type PilotLine } from './pilots.ts'
import type { Unread } from './unread.ts'
import type { Vouching } from './vouching.ts'

/** One way along which messages reach us, with the pilots that prove that it works. */
export interface Way {
  readonly line: PilotLine
  /** Counts a message, of whomever. */
  count(): void
  /** Whether any message has come since this was last asked: a way that is behind in a flood goes on, only our pilots are not among it yet. */
  goesOn(): boolean
  /** The earliest moment at which a message that arrives now can have passed the broker. */
  passedSince(): UnixNanos
  /** A pilot is back; vouches for the stretch that proves. */
  back(pilot: number): void
  /** Messages may be missing from what is told next. */
  taint(): void
}

export interface WayOptions {
  readonly clock: Clock
  readonly unread: Unread
  readonly vouching: Vouching
  /** Whether the way shows all it should; pilots alone cannot tell. */
  readonly showsAll: () => boolean
  /** Whether messages were pushed out of our queues since the last look, whichever way they belong to. */
  readonly overflowed: () => Promise<void>
}

/** After a loss so many stretches may lack messages: what is told now, what is held back behind it, and what is under way. */
const STRETCHES_TAINTED = 3

export function createWay({ clock, unread, vouching, showsAll, overflowed }: WayOptions): Way {
  const line = createPilotLine()
  const startedAt = clock.now()
  let messages = 0
  let counted = 0
  let asked = 0
  let tainted = 0

  return {
    line,
    count: () => {
      messages++
      counted++
    },
    goesOn: () => {
      const before = asked
      asked = counted
      return counted !== before
    },
    passedSince: () => line.passedSince(clock.now(), unread.atMost()) ?? startedAt,
    back: (pilot) => {
      const stretch = line.back(pilot, clock.now(), unread.atMost())
      if (stretch === null) return
      const seen = messages
      messages = 0
      // What was pushed out before this pilot came back has left its sign by now.
      void overflowed().then(() => {
        if (showsAll()) vouching.add(stretch, seen, tainted > 0 ? 1 : 0)
        tainted = Math.max(0, tainted - 1)
      })
    },
    taint: () => {
      tainted = STRETCHES_TAINTED
    },
  }
}
