export type Unit = 'ms' | 'MB' | 's/min' | 'tx/s' | 'spans/s' | 'msg/s' | 'µs' | '%'

/** One measured figure beside what must be reached and what the bare work underneath costs in the same run. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: Unit
  /** Null where there is none. */
  readonly target: { readonly atMost: number } | { readonly atLeast: number } | null
  /** The same thing with nothing of ours in it, measured in the same run. */
  readonly floor: number
  readonly floorIs: string
  /** What one should know about this measurement; null where the name says it all. */
  readonly note: string | null
}

/** How many times the floor the value is. */
export const ratioOf = ({ value, floor }: Figure): number => value / floor

/** Whether the target was met; null where there is none. */
export function isMet({ value, target }: Figure): boolean | null {
  if (target === null) return null
  return 'atMost' in target ? value <= target.atMost : value >= target.atLeast
}

/** The value below which a share of the samples lies, by nearest rank. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
