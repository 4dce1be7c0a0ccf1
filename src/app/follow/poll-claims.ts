import type { Key } from '../../evidence/keys.ts'
import type { SpanRef } from '../../evidence/span.ts'

const HELD_MS = 60_000

interface Held {
  readonly key: Key
  readonly since: number
}

/**
 * Claims the trace of each of our questions before it is sent, and lets go of it a minute later: by then the asked system's
 * spans have come, or count as late. Questions are many, an order's own traces few, so they are not held in the order's name.
 */
export function createPollClaims(claims: { claim(keys: readonly Key[]): void; release(keys: readonly Key[]): void }) {
  const held: Held[] = []
  return {
    onPoll: ({ traceId }: SpanRef): void => {
      const now = performance.now()
      const key: Key = { kind: 'trace', value: traceId }
      claims.claim([key])
      held.push({ key, since: now })
      const kept = held.findIndex((it) => now - it.since <= HELD_MS)
      if (kept > 0) claims.release(held.splice(0, kept).map((it) => it.key))
    },
  }
}
