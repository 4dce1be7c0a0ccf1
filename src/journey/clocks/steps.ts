import { MONITOR_CLOCK } from '../../evidence/fact.ts'
import type { UnixNanos } from '../../shared/units.ts'
import type { CausalEdge, Reading } from './edge.ts'

/** A stretch of monitor time in which a clock ran without a step; times are nanoseconds after the base. */
export interface Piece {
  readonly name: string
  /** The clock minus the monitor's, as the questions asked in this stretch say. */
  readonly least: number
  readonly most: number
  /** Since when and until when, at the widest, the clock may have run like this. */
  readonly from: number
  readonly to: number
  /** When the first of those questions was sent. */
  readonly asked: number
}

/** Clocks that stepped, as several clocks one after the other. */
export interface Steps {
  /** The edges, each on the piece its readings stand on; those of which it cannot be told are left out. */
  readonly edges: readonly CausalEdge[]
  readonly stepped: ReadonlySet<string>
  /** The pieces on which a reading of a clock may stand, the clock itself where it never stepped. `seenAt`: by when the reading had reached us. */
  piecesOf(clock: string, at: UnixNanos, seenAt?: UnixNanos): readonly string[]
  /** The pieces on which a clock may have run at a time of the monitor. */
  piecesAt(clock: string, monitorTime: UnixNanos): readonly string[]
  /** The clock a piece is of. */
  clockOf(piece: string): string
  /** All pieces of a clock, in order. */
  allOf(clock: string): readonly string[]
  /** Where one ran after the other; empty for a clock that never stepped. */
  stretchesOf(clock: string): readonly Piece[]
}

interface Options {
  readonly base: UnixNanos
  readonly driftPpm: number
  readonly resolution: ReadonlyMap<string, number>
}

/** A reading between the sending of a question and its answer. */
interface Bracket {
  readonly at: number
  readonly sent: number
  readonly answered: number
}

/** Between which times of the monitor a reading was surely taken, in nanoseconds after the base. */
interface Limits {
  readonly notBefore: number
  readonly notAfter: number
}

const NO_LIMITS: Limits = { notBefore: Number.NEGATIVE_INFINITY, notAfter: Number.POSITIVE_INFINITY }

/** No exporter holds a span for so long: of two times at which a reading may have been taken the later one is meant. */
const LONGEST_ON_ITS_WAY = 60e9

/**
 * Finds the steps of clocks by the questions and requests that bracket a reading between two of the monitor's:
 *
 *   offset   ├──┤ ├──┤├──┤                      each bracket allows an interval of offsets; as long as they
 *                          step  ├──┤├──┤ ├──┤  have one in common, drift and all, the clock ran on
 */
export function splitAtSteps(edges: readonly CausalEdge[], options: Options): Steps {
  const relative = (at: UnixNanos): number => Number(at - options.base)
  const asked = new Map(
    [...bracketsOf(edges, relative)].map(([clock, brackets]) => [clock, findPieces(clock, brackets, options)] as const),
  )
  const pieces = new Map([...asked].filter(([, all]) => all.length > 1))
  const credible = edges.filter((edge) => isCredible(edge, asked, relative, options))
  const limits = pieces.size === 0 ? new Map<string, Limits>() : limitsOf(credible, relative)
  const owner = new Map([...pieces].flatMap(([clock, all]) => all.map(({ name }) => [name, clock] as const)))

  const piecesOf = (clock: string, at: UnixNanos, seenAt?: UnixNanos): readonly string[] => {
    const all = pieces.get(clock)
    if (all === undefined) return [clock]
    const time = relative(at)
    const coarse = options.resolution.get(clock) ?? 0
    const seen = seenAt === undefined ? Number.POSITIVE_INFINITY : relative(seenAt)
    const { notBefore, notAfter } = limits.get(nameOf(clock, at, seenAt)) ?? NO_LIMITS
    const fitting = all.filter(({ least, most, from, to }) => {
      const earliest = time - most
      const latest = time + coarse - least
      return earliest <= Math.min(to, seen, notAfter) && latest >= Math.max(from, notBefore)
    })
    const timely = fitting.filter(({ least }) => seen - (time - least) < LONGEST_ON_ITS_WAY)
    const left = timely.length > 0 ? timely : fitting
    return (left.length > 0 ? left : all).map(({ name }) => name)
  }
  const place = ({ clock, at, seenAt }: Reading): Reading | null => {
    const [piece, ...others] = piecesOf(clock, at, seenAt)
    return piece === undefined || others.length > 0 ? null : { clock: piece, at }
  }
  return {
    edges:
      pieces.size === 0
        ? credible
        : credible.flatMap((edge) => {
            const before = place(edge.before)
            const after = place(edge.after)
            return before === null || after === null ? [] : [{ before, after }]
          }),
    stepped: new Set(pieces.keys()),
    piecesOf,
    piecesAt(clock, monitorTime) {
      const time = relative(monitorTime)
      const all = pieces.get(clock)
      return all?.filter(({ from, to }) => time >= from && time <= to).map(({ name }) => name) ?? [clock]
    },
    clockOf: (piece) => owner.get(piece) ?? piece,
    stretchesOf: (clock) => pieces.get(clock) ?? [],
    allOf: (clock) => pieces.get(clock)?.map(({ name }) => name) ?? [clock],
  }
}

/**
 * What the questions leave possible. A span from before the order was entered, or from years after it arrived, says nothing about its clock: the span is odd, or the
 * order is older than our watching it.
 */
function isCredible(
  { before, after }: CausalEdge,
  asked: ReadonlyMap<string, readonly Piece[]>,
  relative: (at: UnixNanos) => number,
  { driftPpm, resolution }: Options,
): boolean {
  const other = before.clock === MONITOR_CLOCK ? after : after.clock === MONITOR_CLOCK ? before : null
  const all = other === null ? undefined : asked.get(other.clock)
  if (other === null || all === undefined) return true
  const monitorTime = relative(other === after ? before.at : after.at)
  const ahead = relative(other.at) - monitorTime
  const coarse = resolution.get(other.clock) ?? 0
  return all.some(({ least, most, asked: since }) => {
    const drifted = (driftPpm / 1e6) * Math.abs(monitorTime - since)
    return other === after ? ahead + coarse >= least - drifted : ahead <= most + drifted
  })
}

const nameOf = (clock: string, at: UnixNanos, seenAt: UnixNanos | undefined): string => `${clock} ${at} ${seenAt ?? ''}`

/**
 * What the monitor's own times say of when each reading was taken. A clock that was set back shows the same time twice: a question that was sent in between, or an
 * order that did not yet exist, tells which of the two is meant.
 */
function limitsOf(edges: readonly CausalEdge[], relative: (at: UnixNanos) => number): ReadonlyMap<string, Limits> {
  const limits = new Map<string, Limits>()
  const narrow = (reading: Reading, since: number, until: number): void => {
    const name = nameOf(reading.clock, reading.at, reading.seenAt)
    const { notBefore, notAfter } = limits.get(name) ?? NO_LIMITS
    limits.set(name, { notBefore: Math.max(notBefore, since), notAfter: Math.min(notAfter, until) })
  }
  for (const { before, after } of edges) {
    if (before.clock === MONITOR_CLOCK) narrow(after, relative(before.at), Number.POSITIVE_INFINITY)
    if (after.clock === MONITOR_CLOCK) narrow(before, Number.NEGATIVE_INFINITY, relative(after.at))
  }
  return limits
}

/** The readings that stand between two of the monitor's, by clock: an edge leads to them and another one from them. */
function bracketsOf(edges: readonly CausalEdge[], relative: (at: UnixNanos) => number) {
  const sent = new Map<Reading, UnixNanos>()
  for (const { before, after } of edges) if (before.clock === MONITOR_CLOCK) sent.set(after, before.at)
  const brackets = new Map<string, Bracket[]>()
  for (const { before, after } of edges) {
    const since = sent.get(before)
    if (after.clock !== MONITOR_CLOCK || since === undefined) continue
    const own = brackets.get(before.clock) ?? []
    brackets.set(before.clock, own)
    own.push({ at: relative(before.at), sent: relative(since), answered: relative(after.at) })
  }
  return brackets
}

function findPieces(clock: string, brackets: readonly Bracket[], options: Options): readonly Piece[] {
  const drift = options.driftPpm / 1e6
  const coarse = options.resolution.get(clock) ?? 0
  const runs: { least: number; most: number; first: Bracket; last: Bracket }[] = []
  for (const bracket of brackets.toSorted((a, b) => a.sent - b.sent || a.answered - b.answered)) {
    const least = bracket.at - bracket.answered
    const most = bracket.at + coarse - bracket.sent
    const run = runs.at(-1)
    const drifted = run === undefined ? 0 : drift * (bracket.answered - run.last.sent)
    if (run === undefined || least > run.most + drifted || most < run.least - drifted) {
      runs.push({ least, most, first: bracket, last: bracket })
      continue
    }
    run.least = Math.max(run.least - drifted, least)
    run.most = Math.min(run.most + drifted, most)
    run.last = bracket
  }
  return runs.map(({ least, most, first, last }, i): Piece => {
    const drifted = drift * (last.answered - first.sent)
    return {
      name: `${clock}#${i}`,
      least: least - drifted,
      most: most + drifted,
      from: runs[i - 1]?.last.sent ?? Number.NEGATIVE_INFINITY,
      to: runs[i + 1]?.first.answered ?? Number.POSITIVE_INFINITY,
      asked: first.sent,
    }
  })
}
