/**
 * A value that `jsonb` takes: PostgreSQL refuses NUL and lone surrogates in it, which foreign text may hold, so both become
 * the replacement character. Bigints are no JSON and are not expected here.
 */
export const storable = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value ?? null), (_name, inner: unknown) => clean(inner))

const clean = (value: unknown): unknown => {
  if (typeof value === 'string') return text(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [text(name), inner]))
}

const text = (value: string): string => value.toWellFormed().replaceAll('\0', '\ufffd')
