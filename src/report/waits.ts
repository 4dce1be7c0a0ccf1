import type { VerdictDocument } from './verdict-schema.ts'

/** Somebody or something the order waited for, and how long in all. */
export interface Wait {
  readonly on: string
  readonly ms: number
  /** Of the whole chain, 0 to 1. */
  readonly share: number
}

const SHOWN = 5

const nameOf = ({ kind, system }: VerdictDocument['hops'][number]['segments'][number]): string => {
  if (kind === 'person') return system
  if (kind === 'processing') return `${system} at work`
  if (kind === 'transfer') return 'the network'
  return kind === 'unobserved' || kind === system ? kind : `${kind} ${system}`
}

/** Who waited on whom: the segments of the order's own chain, added up and sorted, the largest first. */
export function waits(document: VerdictDocument): readonly Wait[] {
  const segments = document.hops.filter((hop) => !hop.branch).flatMap((hop) => hop.segments)
  const total = segments.reduce((sum, segment) => sum + segment.ms, 0)
  const sums = new Map<string, number>()
  for (const segment of segments) sums.set(nameOf(segment), (sums.get(nameOf(segment)) ?? 0) + segment.ms)
  return [...sums]
    .map(([on, ms]) => ({ on, ms, share: total === 0 ? 0 : ms / total }))
    .filter(({ ms }) => ms > 0)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, SHOWN)
}
