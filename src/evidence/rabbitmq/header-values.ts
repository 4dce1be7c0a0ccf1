/** Longest text taken from a message: names of orders and messages are short, and nothing else is kept. */
const MAX_CHARS = 256

/** The text of a header or property: text as it is, bytes as UTF-8, numbers in digits. Null for anything else, and for what is empty or too long. */
export function textOf(value: unknown): string | null {
  const text = plainText(value)
  return text === null || text === '' || text.length > MAX_CHARS ? null : text
}

/** A whole number from zero, zero for anything else. */
export const countOf = (value: unknown): number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0

/** The fields of a table; none for anything else. */
export const tableOf = (value: unknown): Readonly<Record<string, unknown>> => (isTable(value) ? value : {})

/** The elements of an array; none for anything else. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])

/** The texts of an array. */
export const textsOf = (value: unknown): readonly string[] => listOf(value).filter((it) => typeof it === 'string')

const plainText = (value: unknown): string | null => {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  return Buffer.isBuffer(value) ? value.toString('utf8') : null
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
