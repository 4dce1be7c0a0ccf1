/** What one must know of two trees to tell names from words. Places are written as `.stages.*.owner`. */
export interface Places {
  /** Objects whose keys are names somebody chose; they are compared in their order. The keys of all others are words. */
  readonly named: RegExp
  /** Texts that are words (durations, kinds), and so the same in both. */
  readonly words: RegExp
  /** Places that draw on the same names. Any other place has names of its own. */
  readonly shared: Readonly<Record<string, RegExp>>
}

/** How one tree of settings differs from another apart from the names in it; also where one name stands for two. */
export function differences(one: unknown, other: unknown, { named, words, shared }: Places): readonly string[] {
  const found: string[] = []
  const stands = new Map<string, string>()
  const pair = (place: string, a: string, b: string): void => {
    const kind = Object.entries(shared).find(([, places]) => places.test(place))?.[0] ?? place
    for (const [name, value] of [
      [`${kind}: ${a}`, b],
      [`${kind}, the other’s: ${b}`, a],
    ] as const) {
      const before = stands.get(name) ?? value
      stands.set(name, before)
      if (before !== value) found.push(`${name} is ${before} and, at ${place}, ${value}`)
    }
  }
  const compare = (a: unknown, b: unknown, place: string): void => {
    if (!isTree(a) || !isTree(b)) {
      if (typeof a === 'string' && typeof b === 'string' && !words.test(place)) pair(place, a, b)
      else if (a !== b) found.push(`${place} is ${String(a)} and ${String(b)}`)
    } else if (Array.isArray(a) || named.test(place)) {
      const [mine, theirs] = [Object.entries(a), Object.entries(b)]
      if (mine.length !== theirs.length) found.push(`${place} holds ${mine.length} and ${theirs.length}`)
      for (const [i, [key, value]] of mine.entries()) {
        const [name, held] = theirs[i] ?? []
        if (name === undefined) continue
        if (!Array.isArray(a)) pair(place, key, name)
        compare(value, held, `${place}.*`)
      }
    } else {
      for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
        if (key in a && key in b) compare(Reflect.get(a, key), Reflect.get(b, key), `${place}.${key}`)
        else found.push(`only ${key in a ? 'the one' : 'the other'} has ${place}.${key}`)
      }
    }
  }
  compare(one, other, '')
  return found
}

const isTree = (value: unknown): value is object => typeof value === 'object' && value !== null
