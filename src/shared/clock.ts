import { fromEpochMs, type UnixNanos } from './units.ts'

/** Where now comes from. A parameter everywhere, so that a test moves time by itself. */
export interface Clock {
  now(): UnixNanos
}

/**
 * The monitor's own clock: wall time at start plus the monotonic time since, so that it never runs backwards
 * and tells microseconds. It does not follow a later correction of the wall clock by the operating system.
 */
export function createMonitorClock(): Clock {
  return { now: () => fromEpochMs(performance.timeOrigin + performance.now()) }
}
