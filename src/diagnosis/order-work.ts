import type { Contract } from '../contract/contract.ts'
import { firstText } from '../evidence/message-ids.ts'
import type { Act } from '../journey/act.ts'
import type { FoundStep } from '../journey/hops.ts'
import { findStageEvidence } from '../journey/stage-evidence.ts'
import { type Course, newsShownBy } from './course.ts'

const tellers = new WeakMap<Contract, ReadonlyMap<string, string>>()

/** The system that told a span, by its service; null for one the contract does not name. */
export function systemOf({ assembly: { view } }: Course, act: Act): string | null {
  const known = tellers.get(view.contract) ?? systemsByService(view.contract)
  tellers.set(view.contract, known)
  return known.get(act.span.service) ?? null
}

/** A service that two systems name is the first one's. */
const systemsByService = ({ systems }: Contract): ReadonlyMap<string, string> =>
  new Map(
    Object.entries(systems)
      .toReversed()
      .flatMap(([system, { services }]) => services.map((service) => [service, system] as const)),
  )

interface PieceOfWork {
  readonly top: Act
  readonly acts: readonly Act[]
}

/** By the topmost act, which is of one assembly only: several rules ask for the same pieces. */
const pieces = new WeakMap<Act, PieceOfWork>()

/** The piece of work an act is part of: the topmost act of the same system above it, and all of that system's below that one. */
export function pieceOfWork(course: Course, act: Act): PieceOfWork {
  const { tree } = course.assembly.view
  const system = systemOf(course, act)
  const isOwn = (other: Act): boolean => systemOf(course, other) === system
  const top = tree.lineage(act).filter(isOwn).toArray().at(-1) ?? act
  const piece = pieces.get(top) ?? { top, acts: tree.withDescendants(top).filter(isOwn) }
  pieces.set(top, piece)
  return piece
}

/**
 * What each system did about the order: the pieces of work by which it crossed its hand-offs and set its stages. Requests that were refused, failed attempts, messages
 * that came to nothing and whatever else came along in the order's traces (a page and its pictures, a look at a list) are left out.
 */
export function workOnOrder(course: Course): ReadonlyMap<string, readonly Act[]> {
  const known = worked.get(course) ?? findWork(course)
  worked.set(course, known)
  return known
}

const worked = new WeakMap<Course, ReadonlyMap<string, readonly Act[]>>()

function findWork(course: Course): ReadonlyMap<string, readonly Act[]> {
  const work = new Map<string, Set<Act>>()
  const known = new Set<Act>()
  const signs = new Set(course.assembly.path.flatMap(signsOf))
  for (const found of course.assembly.path) {
    for (const sign of signsOf(found)) {
      if (known.has(sign)) continue
      const system = systemOf(course, sign)
      const { top, acts } = pieceOfWork(course, sign)
      for (const act of acts) known.add(act)
      if (system === null || top.error !== null || isRefused(top)) continue
      if (isIdle(course, found) && acts.every((act) => act === sign || !signs.has(act))) continue
      const own = work.get(system) ?? new Set<Act>()
      work.set(system, own)
      const aside = new Set<Act>()
      for (const act of acts)
        if (act !== top && isAside(course, act)) for (const below of belowOf(course, act)) aside.add(below)
      for (const act of acts) if (!aside.has(act)) own.add(act)
    }
  }
  return new Map([...work].map(([system, acts]) => [system, [...acts]]))
}

const signsOf = (found: FoundStep): readonly Act[] =>
  ('crossing' in found ? [found.crossing.sender, found.crossing.receiver] : [found.evidence?.act ?? null]).filter(
    (act) => act !== null,
  )

const isRefused = (act: Act): boolean => act.op === 'serve' && (act.httpStatus ?? 200) >= 400

/** The receiver, who would show the news of this hand-off, does not: its work broke off before it learned much of the order. */
function isIdle(course: Course, found: FoundStep): boolean {
  if (!('crossing' in found) || found.step.spec.kind !== 'queue') return false
  const news = newsShownBy(found.step, course.stages)
  return news !== null && findStageEvidence(course.assembly.view, found.step.spec.to, news) === null
}

const belowOf = ({ assembly: { view } }: Course, act: Act): readonly Act[] => view.tree.withDescendants(act)

/** A request the system sent itself in between (a list, a search) that names this order nowhere. */
function isAside(course: Course, act: Act): boolean {
  if (act.op !== 'serve') return false
  const { contract, order, spans } = course.assembly.view
  const { path } = act
  if (path !== null && [order.key, ...spans.orderIds].some((name) => path.includes(name))) return false
  const names = [...contract.recognise.span.order, ...(contract.recognise.span.reference ?? [])]
  return belowOf(course, act).every(({ span }) => firstText(span.attributes, names) === null)
}
