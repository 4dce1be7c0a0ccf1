import { MONITOR_CLOCK } from '../evidence/fact.ts'
import { latest } from '../shared/units.ts'
import type { Clocks, Point } from './clocks/solve.ts'
import type { Moment } from './journey.ts'

/** One place on the order's path at which time is taken: the start or end of a crossing, or the setting of a stage. */
export interface Mark {
  /** Null where no evidence tells. */
  readonly point: Point | null
}

/** A mark with its place in time; `observed` is false where only the marks around it bound it. */
export interface PlacedMark {
  readonly moment: Moment
  readonly point: Point
  readonly observed: boolean
}

/**
 * Lays the marks of the path on the monitor's clock, none before the one ahead of it. A mark nobody told of lies somewhere between its
 * neighbours, as long as a later one was seen: the order must have passed it.
 *
 *   seen       ?        ?       seen
 *    ├─────────┼────────┼────────┤      each unseen mark: earliest = the left one's, latest = the right one's
 */
export function layOut(marks: readonly Mark[], clocks: Clocks): readonly (PlacedMark | null)[] {
  const moments = marks.map(({ point }) => (point === null ? null : clocks.moment(point)))
  const last = moments.findLastIndex((moment) => moment !== null)
  const placed: (PlacedMark | null)[] = marks.map(() => null)
  let previous: Moment | null = null

  for (let i = 0; i <= last; i++) {
    const point = marks[i]?.point ?? null
    const own = moments[i] ?? null
    let moment: Moment
    if (own !== null && point !== null) {
      moment = notBefore(own, previous)
      placed[i] = { moment, point, observed: true }
    } else {
      const next = moments.findIndex((later, j) => j > i && later !== null)
      const bound: Moment | null | undefined = moments[next]
      if (bound === null || bound === undefined) continue
      if (previous === null) continue
      const after = notBefore(bound, previous)
      moment = share(previous, after, next - i + 1)
      placed[i] = {
        moment,
        point: { clock: MONITOR_CLOCK, earliest: moment.earliest, latest: moment.latest },
        observed: false,
      }
    }
    previous = moment
  }
  return placed
}

/** A later mark cannot be shown before an earlier one; the interval keeps what its own evidence says. */
function notBefore(moment: Moment, previous: Moment | null): Moment {
  if (previous === null || moment.best >= previous.best) return moment
  return {
    best: previous.best,
    earliest: moment.earliest,
    latest: latest(moment.latest, previous.best),
  }
}

/** The first of `parts` equal parts from one moment to the next. */
function share(from: Moment, to: Moment, parts: number): Moment {
  const best = from.best + (to.best - from.best) / BigInt(parts)
  return { best: best as Moment['best'], earliest: from.earliest, latest: to.latest }
}
