/** What an intake counts as it goes. */
export interface Counters {
  requests: number
  spans: number
  /** Facts and coverage records given to the sink. */
  told: number
  /** Spans that came again. */
  duplicates: number
  /** Spans refused as malformed. */
  rejected: number
  /** Spans forgotten before their time for want of room. */
  crowdedOut: number
  /** Spans nobody claimed in time. */
  agedOut: number
  /** Spans told whose times were out of range or the wrong way round. */
  adjusted: number
  /** Links of claimed spans not followed, because their trace had too many. */
  unfollowedLinks: number
}

/** Counts since the start, and what waits now. */
export interface IntakeCounts extends Readonly<Counters> {
  /** Traces not claimed because an order had too many already. */
  readonly refusedTraces: number
  readonly waitingSpans: number
  readonly waitingBytes: number
}

export const createCounters = (): Counters => ({
  requests: 0,
  spans: 0,
  told: 0,
  duplicates: 0,
  rejected: 0,
  crowdedOut: 0,
  agedOut: 0,
  adjusted: 0,
  unfollowedLinks: 0,
})
