import { between, toMs, type UnixNanos } from '../shared/units.ts'
import type { SourceDown } from './condition.ts'
import type { SourceName } from './fact.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/** One thing a source asks (a database, a storage server, a browser), while it answers and while it does not. */
export interface Outage {
  /** Why it does not answer; null while it does. */
  readonly detail: string | null
  /** Whether it is left alone for now: each failure in a row doubles the pause, up to ten seconds. */
  resting(now: UnixNanos): boolean
  /** It did not answer between `from` and `to`; the condition covers the whole outage so far. */
  failed(from: UnixNanos, to: UnixNanos, detail: string): SourceDown
  answered(): void
}

/** Nothing is known against `subject` at first. */
export function createOutage(source: SourceName, subject: string): Outage {
  let since: UnixNanos | null = null
  let last: UnixNanos | null = null
  let failures = 0
  let detail: string | null = null
  return {
    get detail() {
      return detail
    },
    resting: (now) => {
      if (last === null) return false
      const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
      return toMs(between(now, last)) < pauseMs && now >= last
    },
    failed: (from, to, why) => {
      since ??= from
      last = to
      failures += 1
      detail = why
      return {
        id: `${source}:${subject}:down:${to}`,
        source,
        kind: 'source-down',
        subject,
        from: since,
        to,
        detail: why,
      }
    },
    answered: () => {
      since = null
      last = null
      failures = 0
      detail = null
    },
  }
}
