/**
 * An order that bears this reference is another's, whatever id we were answered. One that only writes ours in a way of its own (in other case, with something
 * before it, cut off) is ours; one without any may be.
 */
export function isAnothers(reference: string | null, known: ReadonlySet<string>): boolean {
  if (reference === null || reference === '' || known.size === 0) return false
  const told = reference.toLowerCase()
  return [...known].every((own) => !told.includes(own.toLowerCase()) && !own.toLowerCase().includes(told))
}
