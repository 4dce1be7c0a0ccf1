import { MONITOR_CLOCK } from '../../evidence/fact.ts'
import type { UnixNanos } from '../../shared/units.ts'
import type { CausalEdge, Reading } from './edge.ts'

/** Between which two numbers of nanoseconds one clock is ahead of another. */
export interface Ahead {
  readonly least: number
  readonly most: number
}

/** How far clocks can be ahead of each other, as causal edges force it. */
export interface Bounds {
  /** The clocks known, the monitor's first. */
  readonly names: readonly string[]
  has(clock: string): boolean
  /** The last time of the monitor at which anything was told of the clock, in nanoseconds after the base. */
  lastTold(clock: string): number
  /** A time of a clock as about the monitor's, near enough to tell how old an edge is; both in nanoseconds after the base. */
  aboutMonitor(clock: string, at: number): number
  /** Bounds of `offset(a) - offset(b)` at a time of the monitor, in nanoseconds after the base; infinite where nothing binds them. */
  between(a: string, b: string, at: number): Ahead
}

interface Options {
  /** A time near the order's; all arithmetic is done relative to it, exact to the nanosecond within 104 days. */
  readonly base: UnixNanos
  readonly driftPpm: number
  /** Coarseness of a clock's times, in nanoseconds. */
  readonly resolution: (clock: string) => number
}

/** Bounds are solved anew for each such stretch of time, so that drift widens only by the age of an edge; within half a stretch 100 ppm add 25 microseconds. */
const BUCKET_NANOS = 500_000_000

interface WeightedEdge {
  readonly i: number
  readonly j: number
  readonly bound: number
  /** When it held, on the monitor's clock: clocks that are minutes apart must not make an edge look minutes old. */
  readonly at: number
}

/** `upper[i][j]`: the most by which clock i can be ahead of clock j. */
type Upper = readonly Float64Array[]

/**
 * Offsets as a system of difference constraints: each edge says `offset(after) - offset(before) ≤ after - before`, and the tightest
 * bounds between all pairs are shortest paths (Floyd-Warshall). The middle of all bounds is itself a solution, so that correcting by it
 * moves nothing further than causality forces.
 */
export function createBounds(edges: readonly CausalEdge[], { base, driftPpm, resolution }: Options): Bounds {
  const names = clockNames(edges)
  const index = new Map(names.map((name, i) => [name, i]))
  const drift = driftPpm / 1e6
  const relative = (at: UnixNanos) => Number(at - base)
  const rough = roughOffsets(edges)
  const aboutMonitor = (clock: string, at: number) => at - (rough.get(clock) ?? 0)
  const pairs = pairUp(edges, index, (after, before) => {
    const a = relative(after.at)
    const b = relative(before.at)
    const at = after.clock === MONITOR_CLOCK ? a : before.clock === MONITOR_CLOCK ? b : aboutMonitor(after.clock, a)
    return { bound: a + resolution(after.clock) - b, at }
  })
  const weighted = pairs.flatMap((pair) => telling(pair, drift))
  const lastTold = lastTimes(pairs)
  const solved = new Map<number, Upper>()
  const solutionFor = (at: number): Upper => {
    const bucket = Math.round(at / BUCKET_NANOS)
    const known = solved.get(bucket)
    if (known !== undefined) return known
    const tight = solveAt(names.length, weighted, bucket * BUCKET_NANOS, drift)
    const solution = contradicts(tight) ? loosest(names.length, pairs) : widened(tight, (drift * BUCKET_NANOS) / 2)
    solved.set(bucket, solution)
    return solution
  }

  return {
    names,
    has: (clock) => index.has(clock),
    aboutMonitor,
    lastTold: (clock) => lastTold.get(index.get(clock) ?? 0) ?? 0,
    between(a, b, at) {
      if (a === b) return { least: 0, most: 0 }
      const i = index.get(a)
      const j = index.get(b)
      if (i === undefined || j === undefined) return { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY }
      const upper = solutionFor(at)
      return { least: -(upper[j]?.[i] ?? 0), most: upper[i]?.[j] ?? 0 }
    },
  }
}

/** The monitor first, then the instances by name, so that the same evidence gives the same numbers in any order of arrival. */
function clockNames(edges: readonly CausalEdge[]): readonly string[] {
  const names = new Set<string>()
  for (const { before, after } of edges) names.add(before.clock).add(after.clock)
  names.delete(MONITOR_CLOCK)
  return [MONITOR_CLOCK, ...[...names].sort()]
}

/** The middle of what the edges with the monitor say of each clock, drift left aside. */
function roughOffsets(edges: readonly CausalEdge[]): ReadonlyMap<string, number> {
  const least = new Map<string, number>()
  const most = new Map<string, number>()
  for (const { before, after } of edges) {
    const ahead = Number(after.at - before.at)
    if (before.clock === MONITOR_CLOCK) most.set(after.clock, Math.min(ahead, most.get(after.clock) ?? ahead))
    else if (after.clock === MONITOR_CLOCK) least.set(before.clock, Math.max(-ahead, least.get(before.clock) ?? -ahead))
  }
  const clocks = new Set([...least.keys(), ...most.keys()])
  return new Map(
    [...clocks].map((clock) => {
      const low = least.get(clock) ?? most.get(clock) ?? 0
      return [clock, (low + (most.get(clock) ?? low)) / 2]
    }),
  )
}

/** All that is told of how far one clock is ahead of another. */
interface Pair {
  readonly i: number
  readonly j: number
  /** The tightest edge of each moment: the spans of one export all arrive at once. */
  readonly edges: WeightedEdge[]
  loosest: number
}

function pairUp(
  edges: readonly CausalEdge[],
  index: ReadonlyMap<string, number>,
  weigh: (after: Reading, before: Reading) => { readonly bound: number; readonly at: number },
): readonly Pair[] {
  const pairs = new Map<number, Pair>()
  for (const { before, after } of edges) {
    const i = index.get(after.clock)
    const j = index.get(before.clock)
    if (i === undefined || j === undefined || i === j) continue
    const { bound, at } = weigh(after, before)
    const name = i * index.size + j
    const pair = pairs.get(name) ?? { i, j, edges: [], loosest: bound }
    pairs.set(name, pair)
    pair.loosest = Math.max(pair.loosest, bound)
    const last = pair.edges.at(-1)
    if (last === undefined || last.at !== at) pair.edges.push({ i, j, bound, at })
    else if (bound < last.bound) pair.edges[pair.edges.length - 1] = { i, j, bound, at }
  }
  return [...pairs.values()]
}

function lastTimes(pairs: readonly Pair[]): ReadonlyMap<number, number> {
  const last = new Map<number, number>()
  for (const { i, j, edges } of pairs)
    for (const { at } of edges)
      for (const clock of [i, j]) last.set(clock, Math.max(at, last.get(clock) ?? Number.NEGATIVE_INFINITY))
  return last
}

/** Leaves out edges that another one between the same clocks implies at every time, drift and all: of thousands of questions few are the quickest of their minute. */
function telling({ edges }: Pair, drift: number): readonly WeightedEdge[] {
  const inTime = edges.toSorted((a, b) => a.at - b.at || a.bound - b.bound)
  return notImpliedBefore(notImpliedBefore(inTime, drift).reverse(), drift)
}

function notImpliedBefore(inTime: readonly WeightedEdge[], drift: number): WeightedEdge[] {
  let implied = Number.POSITIVE_INFINITY
  let last = 0
  return inTime.filter(({ bound, at }) => {
    implied += drift * Math.abs(at - last)
    last = at
    if (implied <= bound) return false
    implied = bound
    return true
  })
}

const square = (size: number): Upper =>
  Array.from({ length: size }, (_, i) => {
    const row = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
    row[i] = 0
    return row
  })

function solveAt(size: number, edges: readonly WeightedEdge[], at: number, drift: number): Upper {
  const upper = square(size)
  for (const edge of edges) {
    const row = upper[edge.i]
    const bound = edge.bound + drift * Math.abs(edge.at - at)
    if (row !== undefined && bound < (row[edge.j] ?? 0)) row[edge.j] = bound
  }
  closePaths(upper)
  return upper
}

function closePaths(upper: Upper): void {
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

const contradicts = (upper: Upper): boolean => upper.some((row, i) => (row[i] ?? 0) < 0)

function widened(upper: Upper, slack: number): Upper {
  for (const [i, row] of upper.entries())
    for (let j = 0; j < row.length; j++) if (i !== j) row[j] = (row[j] ?? 0) + slack
  return upper
}

/**
 * Contradicting edges (a clock stepped where no question saw it) exclude each other; then only what every single edge against the monitor allows is kept, wide and
 * true. What two other clocks said of each other held at its own moment only.
 */
function loosest(size: number, pairs: readonly Pair[]): Upper {
  const upper = square(size)
  for (const pair of pairs) {
    const row = upper[pair.i]
    if (row !== undefined && (pair.i === 0 || pair.j === 0)) row[pair.j] = pair.loosest
  }
  closePaths(upper)
  return upper
}
