import type { SourceName, StatusAnswered } from '../evidence/fact.ts'
import type { View } from '../journey/view.ts'
import { fromMs, plus, type UnixNanos } from '../shared/units.ts'
import type { Course } from './course.ts'
import { clockTime } from './describe.ts'
import type { Proof } from './finding.ts'

/** What one source said of one order at one system. Looks of two sources or of two orders are never compared: one may be staler than the other. */
export interface Looks {
  readonly system: string
  readonly source: SourceName
  /** By time of asking. */
  readonly looks: readonly StatusAnswered[]
}

/** Worked out once for each view: several rules ask it of the same evidence. */
const known = new WeakMap<View, readonly Looks[]>()

/** All looks at the order, sorted out by system, source and order id. */
export function looksOf(view: View): readonly Looks[] {
  const before = known.get(view)
  if (before !== undefined) return before
  const all = Object.keys(view.contract.systems).flatMap((system) => {
    const bySource = Map.groupBy(view.answersOf(system), ({ source }) => source)
    return [...bySource].flatMap(([source, looks]) =>
      byOrder(looks).map((own): Looks => ({ system, source, looks: own })),
    )
  })
  known.set(view, all)
  return all
}

/** The looks of each system, one group for each of its sources. */
export const bySystem = ({ assembly: { view } }: Course): readonly (readonly Looks[])[] => [
  ...Map.groupBy(looksOf(view), ({ system }) => system).values(),
]

const idsOf = ({ keys }: StatusAnswered): readonly string[] =>
  keys.flatMap(({ kind, value }) => (kind === 'order' ? [value] : []))

/** A look that names no order id says of all that there is none. */
function byOrder(looks: readonly StatusAnswered[]): readonly (readonly StatusAnswered[])[] {
  const ids = new Set<string>()
  for (const { keys } of looks) for (const { kind, value } of keys) if (kind === 'order') ids.add(value)
  if (ids.size <= 1) return [looks]
  return [...ids].map((id) => looks.filter((look) => idsOf(look).includes(id) || idsOf(look).length === 0))
}

/** A source that said one thing and now says another which the contract does not let follow on it. */
export interface Relapse {
  /** The last look that said the first thing. */
  readonly before: StatusAnswered
  /** The first look that took it back, and the last one in a row. */
  readonly first: StatusAnswered
  readonly last: StatusAnswered
  /** Said often and long enough to be no stale copy behind the same address. */
  readonly stuck: boolean
  /** No look since says otherwise. */
  readonly standing: boolean
}

/**
 * The first time a source took its word back and stuck to that for `patienceMs`; else the one it has just begun with. A question asked before the answer
 * that is taken back had come may have been answered before it, and says nothing.
 *
 *   says 2        says 1   says 1   says 1
 *   ├───┤   ├──■──┤├───┤    ├───┤    ├───┤
 *           overlaps └─ stuck: at least two looks, patienceMs from first to last ─┘
 */
export function findRelapse(
  looks: readonly StatusAnswered[],
  takesBack: (look: StatusAnswered, before: StatusAnswered) => boolean,
  patienceMs: number,
): Relapse | null {
  let before: StatusAnswered | null = null
  let run: StatusAnswered[] = []
  for (const look of looks) {
    if (before !== null && takesBack(look, before)) {
      if (look.at.earliest >= before.at.latest) run.push(look)
      continue
    }
    const ended = relapseOf(before, run, patienceMs, false)
    if (ended?.stuck === true) return ended
    before = look
    run = []
  }
  return relapseOf(before, run, patienceMs, true)
}

function relapseOf(
  before: StatusAnswered | null,
  run: readonly StatusAnswered[],
  patienceMs: number,
  standing: boolean,
): Relapse | null {
  const first = run[0]
  const last = run.at(-1)
  if (before === null || first === undefined || last === undefined) return null
  const stuck = last.at.earliest >= plus(first.at.earliest, fromMs(patienceMs))
  return { before, first, last, stuck, standing }
}

/** Until when it shows whether a source sticks to what it has begun to say: twice its patience after the first look that said it. */
export const sticksBy = ({ first }: Relapse, patienceMs: number): UnixNanos =>
  plus(first.at.latest, fromMs(2 * patienceMs))

/** A database shows what is there; an answer over HTTP may come from a copy that is some time behind. */
const ROW_PATIENCE_MS = 800
const ANSWER_PATIENCE_MS = 2_000

/** How long a source must stick to a word that takes back an earlier one, in milliseconds. */
export const patienceWith = (source: SourceName): number =>
  source === 'postgres' ? ROW_PATIENCE_MS : ANSWER_PATIENCE_MS

/** `crm API`, `row of crm`: who said it. */
export const tellerOf = ({ system, source }: { readonly system: string; readonly source: SourceName }): string =>
  source === 'postgres' ? `row of ${system}` : `${system} API`

/** One look as proof; `what` is said after the name of who told it. */
export const proofOfLook = (look: StatusAnswered, what = statusInWords(look)): Proof => ({
  source: look.source,
  at: look.seenAt,
  what: `${tellerOf(look)}: ${what}`,
  ref: look.id,
})

const statusInWords = ({ status, foreign }: StatusAnswered): string =>
  status !== null ? `status ${status}` : foreign ? 'under this id the order of another' : 'no such order'

/** `PACKAGING at 15:02:06.690`. */
export const lookInWords = (look: StatusAnswered): string =>
  `${look.status ?? 'no such order'} at ${clockTime(look.at.latest)}`
