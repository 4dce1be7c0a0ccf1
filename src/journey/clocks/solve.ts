import { MONITOR_CLOCK } from '../../evidence/fact.ts'
import { type Nanos, nanos, type UnixNanos, unixNanos } from '../../shared/units.ts'
import type { ClockReading, Moment } from '../journey.ts'
import type { CausalEdge } from './edge.ts'

/** An interval of nanoseconds on one clock: the truth lies inside. */
export interface Point {
  readonly clock: string
  readonly earliest: UnixNanos
  readonly latest: UnixNanos
}

/** The clocks of all instances against the monitor's, as far as causal edges force them. */
export interface Clocks {
  /** The point on the monitor's clock. */
  moment(point: Point): Moment
  /** The interval in which the true time from `a` to `b` lies; narrower than two moments when both stand on one clock. */
  elapsed(a: Point, b: Point): { readonly least: Nanos; readonly most: Nanos }
  /** A time of the monitor as the interval an instance's clock may have shown then. */
  onInstance(instance: string, at: UnixNanos): { readonly earliest: UnixNanos; readonly latest: UnixNanos } | null
  readings(): readonly ClockReading[]
  /** Instances whose edges contradict each other: the clock stepped. */
  readonly stepped: ReadonlySet<string>
}

interface Options {
  /** A time near the order's; all arithmetic is done relative to it, exact to the nanosecond within 104 days. */
  readonly base: UnixNanos
  readonly driftPpm: number
  /** Coarseness of each instance's times, in nanoseconds. */
  readonly resolution: ReadonlyMap<string, number>
}

/** Bounds are solved anew for each such stretch of time, so that drift widens only by the age of an edge. */
const BUCKET_NANOS = 250_000_000

interface Solution {
  /** `upper[i][j]`: the most by which clock i can be ahead of clock j. */
  readonly upper: readonly Float64Array[]
}

/**
 * Offsets as a system of difference constraints: each edge says `offset(after) - offset(before) ≤ after - before`, and the tightest
 * bounds between all pairs are shortest paths (Floyd-Warshall). The middle of all bounds is itself a solution, so that correcting by it
 * moves nothing further than causality forces.
 */
export function solveClocks(edges: readonly CausalEdge[], options: Options): Clocks {
  const names = clockNames(edges)
  const index = new Map(names.map((name, i) => [name, i]))
  const drift = options.driftPpm / 1e6
  const resolution = (clock: string) => options.resolution.get(clock) ?? 0
  const relative = (at: UnixNanos) => Number(at - options.base)
  const weighted = edges.flatMap(({ before, after }) => {
    const i = index.get(after.clock)
    const j = index.get(before.clock)
    if (i === undefined || j === undefined || i === j) return []
    const a = relative(after.at)
    return [{ i, j, bound: a + resolution(after.clock) - relative(before.at), at: i === 0 ? relative(before.at) : a }]
  })

  const solveAt = (at: number): Solution => {
    const upper = names.map((_, i) => {
      const row = new Float64Array(names.length).fill(Number.POSITIVE_INFINITY)
      row[i] = 0
      return row
    })
    for (const edge of weighted) {
      const row = upper[edge.i]
      const bound = edge.bound + drift * Math.abs(edge.at - at)
      if (row !== undefined && bound < (row[edge.j] ?? 0)) row[edge.j] = bound
    }
    closePaths(upper)
    return { upper }
  }

  const whole = solveAt(0)
  const stepped = new Set(names.filter((_, i) => (whole.upper[i]?.[i] ?? 0) < 0))
  const solved = new Map<number, Solution>()
  const solutionFor = (at: number): Solution => {
    const bucket = Math.round(at / BUCKET_NANOS)
    const known = solved.get(bucket)
    if (known !== undefined) return known
    const solution = loosen(solveAt(bucket * BUCKET_NANOS), drift * BUCKET_NANOS, weighted)
    solved.set(bucket, solution)
    return solution
  }

  /** Bounds of `offset(a) - offset(b)` at a time. */
  const bounds = (a: string, b: string, at: number) => {
    if (a === b) return { least: 0, most: 0 }
    const i = index.get(a)
    const j = index.get(b)
    const { upper } = solutionFor(at)
    const most =
      i === undefined || j === undefined ? Number.POSITIVE_INFINITY : (upper[i]?.[j] ?? Number.POSITIVE_INFINITY)
    const negLeast =
      i === undefined || j === undefined ? Number.POSITIVE_INFINITY : (upper[j]?.[i] ?? Number.POSITIVE_INFINITY)
    return { least: -negLeast, most }
  }
  const back = (value: number): UnixNanos => unixNanos(options.base + BigInt(Math.round(value)))

  /** Offset of a clock against the monitor's: finite, because arrival bounds it on one side and the ledger entry on the other. */
  const offset = (clock: string, at: number) => {
    const { least, most } = bounds(clock, MONITOR_CLOCK, at)
    if (Number.isFinite(least) && Number.isFinite(most)) return { least, most }
    if (Number.isFinite(least)) return { least, most: least }
    return Number.isFinite(most) ? { least: most, most } : { least: 0, most: 0 }
  }

  return {
    stepped,
    moment(point) {
      const first = relative(point.earliest)
      const last = relative(point.latest) + resolution(point.clock)
      const { least, most } = offset(point.clock, first)
      const middle = (first + last) / 2 - (least + most) / 2
      return { best: back(middle), earliest: back(first - most), latest: back(last - least) }
    },
    elapsed(a, b) {
      const at = relative(a.earliest)
      const { least, most } = a.clock === b.clock ? { least: 0, most: 0 } : bounds(b.clock, a.clock, at)
      const shortest = relative(b.earliest) - (relative(a.latest) + resolution(a.clock)) - most
      const longest = relative(b.latest) + resolution(b.clock) - relative(a.earliest) - least
      return { least: finiteNanos(shortest), most: finiteNanos(longest) }
    },
    onInstance(instance, at) {
      if (!index.has(instance)) return null
      const time = relative(at)
      const { least, most } = bounds(instance, MONITOR_CLOCK, time)
      if (!Number.isFinite(least) || !Number.isFinite(most)) return null
      return { earliest: back(time + least), latest: back(time + most) }
    },
    readings: () =>
      names.slice(1).flatMap((instance): ClockReading[] => {
        const { least, most } = bounds(instance, MONITOR_CLOCK, 0)
        if (!Number.isFinite(least) || !Number.isFinite(most)) return []
        return [
          { instance, offset: finiteNanos((least + most) / 2), plusMinus: finiteNanos(Math.abs(most - least) / 2) },
        ]
      }),
  }
}

const finiteNanos = (value: number): Nanos => nanos(BigInt(Math.round(Number.isFinite(value) ? value : 0)))

/** The monitor first, then the instances by name, so that the same evidence gives the same numbers in any order of arrival. */
function clockNames(edges: readonly CausalEdge[]): readonly string[] {
  const names = new Set(edges.flatMap(({ before, after }) => [before.clock, after.clock]))
  names.delete(MONITOR_CLOCK)
  return [MONITOR_CLOCK, ...[...names].sort()]
}

function closePaths(upper: readonly Float64Array[]): void {
  for (const [k, through] of upper.entries()) {
    for (const row of upper) {
      const toK = row[k] ?? Number.POSITIVE_INFINITY
      if (toK === Number.POSITIVE_INFINITY) continue
      for (let j = 0; j < row.length; j++) {
        const length = toK + (through[j] ?? Number.POSITIVE_INFINITY)
        if (length < (row[j] ?? 0)) row[j] = length
      }
    }
  }
}

interface WeightedEdge {
  readonly i: number
  readonly j: number
  readonly bound: number
}

/**
 * Contradicting edges (a clock that stepped) give bounds that exclude each other; then only what every single edge allows is kept:
 * the hull of the direct bounds, wide and true. Otherwise the bucket's own drift is added.
 */
function loosen(solution: Solution, slack: number, edges: readonly WeightedEdge[]): Solution {
  const contradicts = solution.upper.some((row, i) => (row[i] ?? 0) < 0)
  if (!contradicts) {
    for (const [i, row] of solution.upper.entries())
      for (let j = 0; j < row.length; j++) if (i !== j) row[j] = (row[j] ?? 0) + slack
    return solution
  }
  const upper = solution.upper.map((row, i) => {
    const loose = new Float64Array(row.length).fill(Number.NEGATIVE_INFINITY)
    loose[i] = 0
    return loose
  })
  for (const { i, j, bound } of edges) {
    const row = upper[i]
    if (row !== undefined && bound > (row[j] ?? 0)) row[j] = bound
  }
  for (const [i, row] of upper.entries()) {
    for (let j = 0; j < row.length; j++)
      if (i !== j && row[j] === Number.NEGATIVE_INFINITY) row[j] = Number.POSITIVE_INFINITY
  }
  return { upper }
}
