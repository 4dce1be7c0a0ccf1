/** Pairs of names: ours, and what stands for it on the wire. */
export type Words = Readonly<Record<string, string>>

/** Translates between our names and those of the wire, and leaves what it does not know as it is. */
export interface Dictionary {
  /** Ours into those of the wire, wherever they stand in a text as whole words. */
  say(text: string): string
  /** Those of the wire into ours. */
  hear(text: string): string
}

const ESCAPED = /[.*+?^${}()|[\]\\]/g

const swapped = (words: Words): Words => Object.fromEntries(Object.entries(words).map(([ours, wire]) => [wire, ours]))

/** The longest name first, and none inside a longer word. */
function replacer(words: Words): (text: string) => string {
  const known = Object.keys(words).sort((a, b) => b.length - a.length)
  if (known.length === 0) return (text) => text
  const any = known.map((word) => word.replaceAll(ESCAPED, String.raw`\$&`)).join('|')
  const pattern = new RegExp(String.raw`(?<![\w-])(?:${any})(?![\w-])`, 'g')
  return (text) => text.replaceAll(pattern, (word) => words[word] ?? word)
}

/** The same values under other names. */
export const renamed = (values: object, rename: (name: string) => string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).map(([name, value]: [string, unknown]) => [rename(name), value]))

/** A dictionary of these words; of none, one that says everything as it is. */
export const createDictionary = (words: Words): Dictionary => ({
  say: replacer(words),
  hear: replacer(swapped(words)),
})
