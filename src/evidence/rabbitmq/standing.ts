import { between, fromMs, longest, type Milliseconds, toMs, type UnixNanos } from '../../shared/units.ts'
import type { PilotLine } from './pilots.ts'

/** How the tap stands, told by its pilots. */
export type TapStanding =
  | { readonly state: 'healthy' }
  | { readonly state: 'late'; readonly lag: Milliseconds }
  /** `silent`: which pilots do not come back. */
  | { readonly state: 'down'; readonly since: UnixNanos; readonly silent: 'all' | 'firehose' }

/** Pilot lines that should work; null for a part the session has not got. */
export interface Lines {
  readonly firehose: PilotLine | null
  readonly letters: PilotLine | null
}

/** Judges by the pilots that are owed and by those that came late. */
export function standingOf(
  { firehose, letters }: Lines,
  now: UnixNanos,
  limits: { readonly lateMs: number; readonly downMs: number },
): TapStanding {
  const lettersSince = letters?.silentSince() ?? null
  const firehoseSince = firehose?.silentSince() ?? null
  const isOver = (since: UnixNanos | null, ms: number): since is UnixNanos =>
    since !== null && between(now, since) > fromMs(ms)
  if (isOver(lettersSince, limits.downMs)) return { state: 'down', since: lettersSince, silent: 'all' }
  if (isOver(firehoseSince, limits.downMs)) return { state: 'down', since: firehoseSince, silent: 'firehose' }
  const lags = [
    ...[firehose, letters].flatMap((line) => line?.lag() ?? []),
    ...[firehoseSince, lettersSince].flatMap((since) => (since === null ? [] : between(now, since))),
  ]
  const lag = lags.reduce(longest, fromMs(0))
  return lag > fromMs(limits.lateMs) ? { state: 'late', lag: toMs(lag) } : { state: 'healthy' }
}
