/** Nanoseconds since the Unix epoch on some named clock. A bigint, because a double loses 100 ns at today's dates. */
export type UnixNanos = bigint & { readonly __unit: 'unix-nanos' }

/** A span of time in nanoseconds; may be negative. */
export type Nanos = bigint & { readonly __unit: 'nanos' }

/** A span of time in milliseconds; may carry a fraction. */
export type Milliseconds = number & { readonly __unit: 'ms' }

const NANOS_PER_MS = 1_000_000n

export const unixNanos = (value: bigint): UnixNanos => value as UnixNanos
export const nanos = (value: bigint): Nanos => value as Nanos
export const milliseconds = (value: number): Milliseconds => value as Milliseconds

/** `a - b`. */
export const between = (a: UnixNanos, b: UnixNanos): Nanos => (a - b) as Nanos

export const plus = (at: UnixNanos, by: Nanos): UnixNanos => (at + by) as UnixNanos

export const minus = (at: UnixNanos, by: Nanos): UnixNanos => (at - by) as UnixNanos

/** Nanoseconds as milliseconds with their fraction; exact to a nanosecond below 104 days. */
export const toMs = (value: Nanos): Milliseconds => (Number(value) / 1e6) as Milliseconds

/** Milliseconds as whole nanoseconds, rounded to the nearest. */
export const fromMs = (value: number): Nanos => BigInt(Math.round(value * 1e6)) as Nanos

/** Milliseconds since the epoch (as `Date.now()` gives them) as nanoseconds since the epoch. */
export const fromEpochMs = (value: number): UnixNanos =>
  (BigInt(Math.trunc(value)) * NANOS_PER_MS + BigInt(Math.round((value % 1) * 1e6))) as UnixNanos

/** RFC 3339 in UTC with milliseconds, the form of every time the interface prints. */
export const toRfc3339 = (at: UnixNanos): string => new Date(Number(at / NANOS_PER_MS)).toISOString()

export const earliest = (a: UnixNanos, b: UnixNanos): UnixNanos => (a < b ? a : b)
export const latest = (a: UnixNanos, b: UnixNanos): UnixNanos => (a > b ? a : b)
export const shortest = (a: Nanos, b: Nanos): Nanos => (a < b ? a : b)
export const longest = (a: Nanos, b: Nanos): Nanos => (a > b ? a : b)

const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)$/
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 }

/** A duration as the contract writes it: `250 ms`, `2 s`, `30 min`, `8 h`, `1 d`. */
export type DurationText = `${number} ${'ms' | 's' | 'min' | 'h' | 'd'}`

/** Reads a duration; `undefined` when the text is none, so that the schema can report its place. */
export function parseDuration(text: string): Milliseconds | undefined {
  const match = DURATION.exec(text.trim())
  const unit = UNIT_MS[match?.[2] ?? '']
  if (match?.[1] === undefined || unit === undefined) return undefined
  return (Number(match[1]) * unit) as Milliseconds
}
