import type { Coverage } from '../evidence/coverage.ts'
import { between, longest, type Nanos, nanos, shortest } from '../shared/units.ts'
import type { View } from './view.ts'

/** What is told of an exporter's time of collecting. */
interface Told {
  /** The longest from a request's first span to its last. */
  readonly widest: Nanos
  /** The shortest from the first span of a request to that of the next; null where there is but one. */
  readonly apart: Nanos | null
  /** The shortest from a request's first span to its arrival, and from its last. */
  readonly sinceFirst: Nanos
  readonly sinceLast: Nanos | null
}

const NOTHING = nanos(0n)

/**
 * For how long an instance collects spans before it sends them; rather too short than too long. `records` are its requests, by their first span.
 *
 *   request 1                        request 2
 *   ├─■────■──────■──┤·· transport ··▶ ├─■──■────
 *     └─ widest ──┘                      │
 *     └──────────── apart ───────────────┘
 *     └───────── since first ──────────┘
 *                 └─── since last ─────┘
 *
 * It collected for as long as the first and the last span of a request lie apart; yet that one may have waited for a busy machine, or for the
 * export before it. So it is no longer than the least time from request to request: what ends after one was sent begins the next. A large batch that is sent as
 * several requests at once keeps their beginnings as far apart as its spans ended. Nor is it longer than the least time to arrival, less its transport; but where exports
 * come late that tells little, for nearly all of it is transport.
 */
export function collectingTime(view: View, records: readonly Coverage[]): Nanos {
  const told = tell(view, records)
  const atMost = told.apart === null ? untilSent(told) : shortest(told.apart, untilSent(told))
  return longest(NOTHING, shortest(told.widest, atMost))
}

/** Of the least time to arrival this share is the exporter's own, unless exports come late. */
const OWN_SHARE = 0.75

/** The least time to arrival less its transport, which took no longer than the least time since a last span, and where exports do not come late no more than what `OWN_SHARE` leaves. */
function untilSent({ sinceFirst, sinceLast }: Told): Nanos {
  const share = nanos(BigInt(Math.floor(Number(sinceFirst) * OWN_SHARE)))
  return sinceLast === null ? share : longest(share, nanos(sinceFirst - sinceLast))
}

function tell(view: View, records: readonly Coverage[]): Told {
  let widest = NOTHING
  let apart: Nanos | null = null
  let sinceFirst: Nanos | null = null
  let sinceLast: Nanos | null = null
  for (const [i, { instance, from, to, seenAt }] of records.entries()) {
    widest = longest(widest, between(to, from))
    const arrival = view.clocks.onInstance(instance, seenAt)
    const first = arrival === null ? NOTHING : between(arrival.earliest, from)
    sinceFirst = sinceFirst === null ? first : shortest(sinceFirst, first)
    if (arrival !== null) {
      const last = between(arrival.latest, to)
      sinceLast = sinceLast === null ? last : shortest(sinceLast, last)
    }
    const before = records[i - 1]
    // The same beginning is the same request, sent again because the first answer to it was lost.
    if (before === undefined || before.from === from) continue
    const next = between(from, before.from)
    apart = apart === null ? next : shortest(apart, next)
  }
  return { widest, apart, sinceFirst: sinceFirst ?? NOTHING, sinceLast }
}
