/** Longest distance at which a name still looks like a slip of the other. */
const SLIPS = 3
const MOST = 3

/** How many letters have to be put in, left out or changed to make one text of the other. */
function distance(a: string, b: string): number {
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, left] of a.split('').entries()) {
    const row = [i + 1]
    for (const [j, right] of b.split('').entries()) {
      const change = (before[j] ?? 0) + (left === right ? 0 : 1)
      row.push(Math.min(change, (before[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1))
    }
    before = row
  }
  return before.at(-1) ?? 0
}

/** The names that were most likely meant, nearest first: slips of the pen, else those with a word in common. */
export function nearNames(given: string, names: readonly string[]): readonly string[] {
  const slips = names
    .map((name) => ({ name, far: distance(given, name) }))
    .filter(({ far }) => far <= SLIPS)
    .toSorted((a, b) => a.far - b.far)
    .map(({ name }) => name)
  if (slips.length > 0) return slips.slice(0, MOST)
  const words = new Set(given.split('-').filter((word) => word.length > 2))
  return names.filter((name) => name.split('-').some((word) => words.has(word))).slice(0, MOST)
}
