import { MONITOR_CLOCK } from '../../evidence/fact.ts'
import { type Nanos, nanos, type UnixNanos, unixNanos } from '../../shared/units.ts'
import type { ClockReading, Moment } from '../journey.ts'
import { type Ahead, createBounds } from './bounds.ts'
import type { CausalEdge } from './edge.ts'
import { splitAtSteps } from './steps.ts'

/** An interval of nanoseconds on one clock: the truth lies inside. */
export interface Point {
  readonly clock: string
  readonly earliest: UnixNanos
  readonly latest: UnixNanos
  /** By when it had reached us, where a span tells of it; tells apart the times of a clock that was set back. */
  readonly seenAt?: UnixNanos
  /** The span whose start or end it is: both lie equally far behind the clock's last tick, so the time between them is exact. */
  readonly span?: string
}

/** The clocks of all instances against the monitor's, as far as causal edges force them. */
export interface Clocks {
  /** The point on the monitor's clock. */
  moment(point: Point): Moment
  /** The interval in which the true time from `a` to `b` lies, by one clock's own count or by the two places on the monitor's, whichever is narrower. */
  elapsed(a: Point, b: Point): { readonly least: Nanos; readonly most: Nanos }
  /** A time of the monitor as the interval an instance's clock may have shown then. */
  onInstance(instance: string, at: UnixNanos): { readonly earliest: UnixNanos; readonly latest: UnixNanos } | null
  /** Each instance's clock; one that stepped stands there once for each stretch in which it ran on. */
  readings(): readonly ClockReading[]
}

interface Options {
  /** A time near the order's. */
  readonly base: UnixNanos
  readonly driftPpm: number
  /** Coarseness of each instance's times, in nanoseconds. */
  readonly resolution: ReadonlyMap<string, number>
}

/** Solves the clocks: first each that stepped becomes several, then all are bound to each other by what caused what. */
export function solveClocks(edges: readonly CausalEdge[], options: Options): Clocks {
  const steps = splitAtSteps(edges, options)
  const resolution = (clock: string) => options.resolution.get(steps.clockOf(clock)) ?? 0
  const bounds = createBounds(steps.edges, { ...options, resolution })
  const drift = options.driftPpm / 1e6
  const relative = (at: UnixNanos) => Number(at - options.base)
  const back = (value: number): UnixNanos => unixNanos(options.base + BigInt(Math.round(value)))

  /** Offset of a clock against the monitor's: finite, because arrival bounds it on one side and the ledger entry on the other. */
  const offset = (clock: string, at: number): Ahead => {
    const { least, most } = bounds.between(clock, MONITOR_CLOCK, bounds.aboutMonitor(clock, at))
    if (Number.isFinite(least)) return { least, most: Number.isFinite(most) ? most : least }
    return Number.isFinite(most) ? { least: most, most } : { least: 0, most: 0 }
  }
  const standsOn = ({ clock, earliest, seenAt }: Point) => steps.piecesOf(clock, earliest, seenAt)

  /** The point on the monitor's clock, in nanoseconds after the base. */
  const place = (point: Point) => {
    const first = relative(point.earliest)
    const last = (point.latest === point.earliest ? first : relative(point.latest)) + resolution(point.clock)
    const { least, most } = hull(standsOn(point).map((clock) => offset(clock, first)))
    return { best: (first + last) / 2 - (least + most) / 2, earliest: first - most, latest: last - least }
  }

  return {
    moment(point) {
      const { best, earliest, latest } = place(point)
      return { best: back(best), earliest: back(earliest), latest: back(latest) }
    },
    elapsed(a, b) {
      const from = place(a)
      const to = place(b)
      const drifted = drift * Math.abs(to.best - from.best)
      const ofOneSpan = a.span !== undefined && a.span === b.span
      const ahead = ofOneSpan
        ? { least: 0, most: 0 }
        : hull(standsOn(a).flatMap((one) => standsOn(b).map((other) => bounds.between(other, one, from.best))))
      const untold = (clock: string) => (ofOneSpan ? 0 : resolution(clock))
      const shortest = relative(b.earliest) - (relative(a.latest) + untold(a.clock)) - ahead.most - drifted
      const longest = relative(b.latest) + untold(b.clock) - relative(a.earliest) - ahead.least + drifted
      return {
        least: finiteNanos(Math.max(shortest, to.earliest - from.latest)),
        most: finiteNanos(Math.min(longest, to.latest - from.earliest)),
      }
    },
    onInstance(instance, at) {
      const pieces = steps.piecesAt(instance, at)
      if (!pieces.every(bounds.has)) return null
      const time = relative(at)
      const { least, most } = hull(pieces.map((piece) => bounds.between(piece, MONITOR_CLOCK, time)))
      if (!Number.isFinite(least) || !Number.isFinite(most)) return null
      return { earliest: back(time + least), latest: back(time + most) }
    },
    readings: () =>
      [...new Set(bounds.names.slice(1).map(steps.clockOf))].flatMap((instance) => {
        const stretches = steps.stretchesOf(instance)
        if (stretches.length === 0) return readingOf(instance, instance)
        return stretches.flatMap(({ name, from, to }) => readingOf(instance, name, from, to))
      }),
  }

  function readingOf(instance: string, piece: string, from = -Infinity, to = Infinity): readonly ClockReading[] {
    const { least, most } = bounds.has(piece)
      ? bounds.between(piece, MONITOR_CLOCK, bounds.lastTold(piece))
      : { least: Number.NaN, most: Number.NaN }
    if (!Number.isFinite(least) || !Number.isFinite(most)) return []
    return [
      {
        instance,
        offset: finiteNanos((least + most) / 2),
        plusMinus: finiteNanos(Math.abs(most - least) / 2),
        ...(Number.isFinite(from) ? { since: back(from) } : {}),
        ...(Number.isFinite(to) ? { until: back(to) } : {}),
      },
    ]
  }
}

function hull(all: readonly Ahead[]): Ahead {
  const [first] = all
  if (first !== undefined && all.length === 1) return first
  return { least: Math.min(...all.map(({ least }) => least)), most: Math.max(...all.map(({ most }) => most)) }
}

const finiteNanos = (value: number): Nanos => nanos(BigInt(Math.round(Number.isFinite(value) ? value : 0)))
