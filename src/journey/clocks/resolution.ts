import type { SpanEnded } from '../../evidence/fact.ts'

const NANOS_PER_MS = 1_000_000n
const MS = 1_000_000
const MICROSECOND = 1_000

/** Fewer starts on a whole millisecond than this may be chance. */
const ENOUGH = 3

/**
 * How coarse each instance tells time, in nanoseconds: OpenTelemetry for JavaScript cuts the start of a span to the whole millisecond
 * (and its end with it, since the end is the start plus a measured duration), so the true time lies up to one millisecond later.
 */
export function resolutionOf(facts: readonly SpanEnded[]): ReadonlyMap<string, number> {
  const starts = new Map<string, { whole: number; all: number }>()
  for (const { span } of facts) {
    const seen = starts.get(span.instance) ?? { whole: 0, all: 0 }
    seen.all += 1
    if (span.start % NANOS_PER_MS === 0n) seen.whole += 1
    starts.set(span.instance, seen)
  }
  const coarse = ({ whole, all }: { whole: number; all: number }) =>
    whole === all || (all >= ENOUGH && whole / all > 0.5)
  return new Map([...starts].map(([instance, seen]) => [instance, coarse(seen) ? MS : MICROSECOND]))
}
