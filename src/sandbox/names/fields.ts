import type { Words } from './dictionary.ts'

/** Translates documents: the names of their fields, and texts that are one of the values as a whole. */
export interface Fields {
  say(value: unknown): unknown
  hear(value: unknown): unknown
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> => {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const swapped = (words: Words): ReadonlyMap<string, string> =>
  new Map(Object.entries(words).map(([ours, wire]) => [wire, ours]))

function translator(
  names: ReadonlyMap<string, string>,
  values: ReadonlyMap<string, string>,
): (value: unknown) => unknown {
  if (names.size === 0 && values.size === 0) return (value) => value
  const translate = (value: unknown): unknown => {
    if (typeof value === 'string') return values.get(value) ?? value
    if (Array.isArray(value)) return value.map(translate)
    if (!isPlain(value)) return value
    return Object.fromEntries(Object.entries(value).map(([name, held]) => [names.get(name) ?? name, translate(held)]))
  }
  return translate
}

/** Fields under these names, with these values among what they hold. Of no words, everything stays the very object it is. */
export const createFields = (names: Words, values: Words): Fields => ({
  say: translator(new Map(Object.entries(names)), new Map(Object.entries(values))),
  hear: translator(swapped(names), swapped(values)),
})
