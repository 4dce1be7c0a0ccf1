import { earliest, latest, type UnixNanos } from '../../shared/units.ts'
import type { Emitter } from './emitter.ts'
import type { WaitingSpan } from './unclaimed.ts'

/** Spans of one instance that were forgotten, and when they ended. */
export interface Gap {
  readonly emitter: Emitter
  from: UnixNanos
  to: UnixNanos
  spans: number
}

/** Adds a forgotten span to the gap of its instance. */
export function widenGap(gaps: Map<string, Gap>, { scanned }: WaitingSpan): void {
  const { emitter } = scanned.emission
  const gap = gaps.get(emitter.instance)
  if (gap === undefined) {
    gaps.set(emitter.instance, { emitter, from: scanned.end, to: scanned.end, spans: 1 })
    return
  }
  gap.from = earliest(gap.from, scanned.end)
  gap.to = latest(gap.to, scanned.end)
  gap.spans++
}

/**
 * Remembers of each trace that aged out of the unclaimed buffer only where its gap is. Spans nobody claimed in time are almost always
 * nobody's: to call every one of them a hole would leave no instance without holes. Only when such a trace turns out to belong to an
 * order after all is its gap a hole.
 */
export interface AgedTraces {
  /** Remembers a forgotten span; returns the gaps of the oldest trace when there is no more room to remember it. */
  add(span: WaitingSpan): readonly Gap[]
  /** The gaps of a trace that is claimed after all; forgets them. */
  take(traceId: string): readonly Gap[]
}

const NO_GAPS: readonly Gap[] = []

export function createAgedTraces(maxTraces: number): AgedTraces {
  const traces = new Map<string, Map<string, Gap>>()

  const take = (traceId: string): readonly Gap[] => {
    const gaps = traces.get(traceId)
    if (gaps === undefined) return NO_GAPS
    traces.delete(traceId)
    return [...gaps.values()]
  }

  return {
    add: (span) => {
      const { traceId } = span.scanned
      const gaps = traces.get(traceId) ?? new Map<string, Gap>()
      widenGap(gaps, span)
      traces.set(traceId, gaps)
      const oldest = traces.size > maxTraces ? traces.keys().next().value : undefined
      return oldest === undefined ? NO_GAPS : take(oldest)
    },
    take,
  }
}
