import type { AttributeValue } from './span.ts'

/** Numbers of orders are short, and one may begin like another; nobody limits values to less. */
const SHORTEST = 8

const lengthOf = (value: AttributeValue): number => {
  if (typeof value === 'string') return value.length
  return Array.isArray(value) ? Math.max(0, ...value.map((item) => (typeof item === 'string' ? item.length : 0))) : 0
}

/**
 * Whether a span's value is the beginning of a known name, cut off by a limit on the length of attribute values (`OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT`, a collector's
 * truncation): such a limit leaves no value of the span longer. Another order whose name only begins alike stands beside longer values.
 */
export function isCutOff(
  attributes: Readonly<Record<string, AttributeValue>>,
  value: string,
  names: Iterable<string>,
): boolean {
  if (value.length < SHORTEST) return false
  for (const name of names)
    if (name.length > value.length && name.startsWith(value))
      return Object.values(attributes).every((other) => lengthOf(other) <= value.length)
  return false
}
