import { between, latest, longest, minus, type Nanos, nanos, type UnixNanos } from '../../shared/units.ts'

/** A stretch on the monitor's clock over which everything that passed has been told, except what `lost` counts. */
export interface Stretch {
  readonly from: UnixNanos
  readonly to: UnixNanos
  readonly lost: number
}

/**
 * Follows pilot messages on one way through the broker. What arrives keeps the order in which the broker put it there, so a pilot that is back
 * proves that all that passed before it was sent has arrived. A stretch is told only when the pilot *after* its end is back as well: tracing that
 * is switched off ends for each channel at a slightly different moment.
 *
 *     sent      s₁────────s₂────────s₃            back of 3:  s₁ to s₂ is proven
 *     back        b₁        b₂        b₃
 */
export interface PilotLine {
  sent(pilot: number, at: UnixNanos): void
  /**
   * Notes that a pilot is back; the stretch that proves, if any. Pilots skipped count as lost, and so may others be. `unread` is how long it may
   * have lain here before it was read.
   */
  back(pilot: number, at: UnixNanos, unread: Nanos): Stretch | null
  /** When the oldest pilot was sent that is not back, nor any after it; null when all are back. */
  silentSince(): UnixNanos | null
  /**
   * The earliest moment a message that arrives now can have passed, if this process has left it unread for `unread` at most; null before the
   * first pilot is back.
   */
  passedSince(now: UnixNanos, unread: Nanos): UnixNanos | null
  /** The longest that any of the latest pilots was surely under way, not counting what it lay here; null before the first is back. */
  lag(): Nanos | null
}

/** Over how many pilots the lag is the longest of. */
const REMEMBERED = 10
/** A way that has swallowed so many pilots begins anew. */
const MOST_OWED = 500
/** What two channels of one broker may differ in handing over, beyond what pilots show. */
const MARGIN = nanos(1_000_000n)
const NONE = nanos(0n)

export function createPilotLine(): PilotLine {
  /** By pilot, in order of sending. */
  const owed = new Map<number, UnixNanos>()
  let lags: readonly { readonly whole: Nanos; readonly unread: Nanos }[] = []
  /** From where the next stretch begins. */
  let provenTo: UnixNanos | null = null
  let next: Stretch | null = null
  /** When the last pilot that is back was sent. */
  let lastSent: UnixNanos | null = null
  let silentSince: UnixNanos | null = null

  const oldestOwed = (): UnixNanos | null => owed.values().next().value ?? null

  /** Takes a pilot and those before it off the list; how many those were. */
  const skipTo = (pilot: number): number => {
    let lost = 0
    for (const earlier of owed.keys()) {
      if (earlier >= pilot) break
      owed.delete(earlier)
      lost++
    }
    owed.delete(pilot)
    return lost
  }

  return {
    sent: (pilot, at) => {
      if (owed.size >= MOST_OWED) {
        owed.clear()
        provenTo = null
        next = null
      }
      owed.set(pilot, at)
      silentSince ??= at
    },
    back: (pilot, at, unread) => {
      const sentAt = owed.get(pilot)
      if (sentAt === undefined) return null
      const lost = skipTo(pilot)
      silentSince = oldestOwed()
      lags = [...lags, { whole: between(at, sentAt), unread }].slice(-REMEMBERED)
      lastSent = sentAt
      if (provenTo === null) {
        // When the way began to work is not known; it had begun when the first pilot was back.
        provenTo = at
        return null
      }
      if (sentAt <= provenTo) return null
      const proven = next
      next = { from: provenTo, to: sentAt, lost }
      provenTo = sentAt
      return proven
    },
    silentSince: () => silentSince,
    passedSince: (now, unread) => {
      if (lastSent === null) return null
      const oldest = oldestOwed()
      const waited = oldest === null ? NONE : between(now, oldest)
      const lag = [...lags.map(({ whole }) => whole), waited].reduce(longest, NONE)
      return latest(lastSent, minus(now, nanos(lag + unread + MARGIN)))
    },
    lag: () =>
      lags.length === 0 ? null : lags.map(({ whole, unread }) => nanos(whole - unread)).reduce(longest, NONE),
  }
}
