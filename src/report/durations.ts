const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

const UNITS: readonly (readonly [number, string])[] = [
  [DAY_MS, 'd'],
  [HOUR_MS, 'h'],
  [MINUTE_MS, 'min'],
  [1000, 's'],
]

/** Milliseconds for a person, three figures at most: `0.42 ms`, `61 ms`, `2.41 s`, `3.5 min`. */
export function durationText(ms: number): string {
  const magnitude = Math.abs(ms)
  const [size, unit] = UNITS.find(([least]) => magnitude >= least) ?? [1, 'ms']
  const value = ms / size
  const rounded = Math.abs(value)
  const decimals =
    rounded >= 100 || value === 0
      ? 0
      : rounded >= 10
        ? unit === 'ms'
          ? 0
          : 1
        : rounded >= 1
          ? unit === 'ms'
            ? 1
            : 2
          : 2
  return `${value.toFixed(decimals)} ${unit}`
}

/** As `durationText` without zeros that say nothing: `500 ms`, `1 s`, `1.5 s`. */
export const shortDurationText = (ms: number): string => durationText(ms).replace(/(\.\d*[1-9])0+ |\.0+ /, '$1 ')

/** The time of day in an RFC 3339 text, `15:02:06.118`. */
export const clockText = (at: string): string => at.slice(11, 23)

/** Milliseconds from one RFC 3339 text to another. */
export const msBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from)
