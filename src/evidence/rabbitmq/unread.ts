import type { Clock } from '../../shared/clock.ts'
import { between, fromMs, type Nanos, shortest } from '../../shared/units.ts'

/** Knows how long what is read now may have lain in our sockets unread, because this process was busy. */
export interface Unread {
  atMost(): Nanos
  /** Whether to keep a close eye on it, which costs a little. */
  watch(closely: boolean): void
}

const TICK_MS = 20

/**
 * Between two ticks of a timer a process reads all that has come, so what it reads now has come since the tick before the last; and it has waited no longer than
 * the process has worked since then.
 *
 *     tick ─ reads ─ tick ─ busy ……………… reads, now
 *     └── had not come yet
 */
export function createUnread(clock: Clock): Unread {
  const look = () => ({ at: clock.now(), worked: performance.eventLoopUtilization() })
  let last = look()
  let beforeLast = last
  let timer: NodeJS.Timeout | undefined

  const tick = () => {
    beforeLast = last
    last = look()
  }

  return {
    atMost: () => {
      const passed = between(clock.now(), beforeLast.at)
      const worked = fromMs(performance.eventLoopUtilization(beforeLast.worked).active)
      return shortest(worked, passed)
    },
    watch: (closely) => {
      clearInterval(timer)
      timer = closely ? setInterval(tick, TICK_MS).unref() : undefined
      tick()
    },
  }
}
