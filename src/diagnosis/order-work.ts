import type { Act } from '../journey/act.ts'
import type { Course } from './course.ts'

/** The system that told a span, by its service; null for one the contract does not name. */
export function systemOf({ assembly: { view } }: Course, act: Act): string | null {
  const found = Object.entries(view.contract.systems).find(([, { services }]) => services.includes(act.span.service))
  return found?.[0] ?? null
}

/** The piece of work an act is part of: the topmost act of the same system above it, and all of that system's below that one. */
export function pieceOfWork(course: Course, act: Act): { readonly top: Act; readonly acts: readonly Act[] } {
  const { tree } = course.assembly.view
  const system = systemOf(course, act)
  const isOwn = (other: Act): boolean => systemOf(course, other) === system
  const top = tree.lineage(act).filter(isOwn).toArray().at(-1) ?? act
  return { top, acts: tree.withDescendants(top).filter(isOwn) }
}

/**
 * What each system did about the order: the pieces of work by which it crossed its hand-offs and set its stages. Requests that were refused, failed attempts and
 * whatever else came along in the order's traces (a page and its pictures) are left out.
 */
export function workOnOrder(course: Course): ReadonlyMap<string, readonly Act[]> {
  const work = new Map<string, Set<Act>>()
  const known = new Set<Act>()
  for (const found of course.assembly.path) {
    const signs = 'crossing' in found ? [found.crossing.sender, found.crossing.receiver] : [found.evidence?.act ?? null]
    for (const sign of signs) {
      if (sign === null || known.has(sign)) continue
      const system = systemOf(course, sign)
      const { top, acts } = pieceOfWork(course, sign)
      for (const act of acts) known.add(act)
      if (system === null || top.error !== null || isRefused(top)) continue
      const own = work.get(system) ?? new Set<Act>()
      work.set(system, own)
      for (const act of acts) own.add(act)
    }
  }
  return new Map([...work].map(([system, acts]) => [system, [...acts]]))
}

const isRefused = (act: Act): boolean => act.op === 'serve' && (act.httpStatus ?? 200) >= 400
