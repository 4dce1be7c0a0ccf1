import type { z } from 'zod'
import type { Contract } from './contract.ts'
import { type Checked, crossCheck } from './cross-check.ts'
import { mistakesError, mistakesIn } from './mistakes.ts'
import { contractSchema, flowSchema, handoffSchema, stageSchema, systemSchema } from './schema.ts'

const entriesOf = (input: unknown, section: string): readonly (readonly [string, unknown])[] => {
  const value: unknown = typeof input === 'object' && input !== null ? Reflect.get(input, section) : undefined
  return typeof value === 'object' && value !== null ? Object.entries(value) : []
}

const wellFormed = <T>(entries: readonly (readonly [string, unknown])[], schema: z.ZodType<T>): Record<string, T> =>
  Object.fromEntries(
    entries.flatMap(([id, value]) => {
      const parsed = schema.safeParse(value)
      return parsed.success ? [[id, parsed.data]] : []
    }),
  )

const checkable = (input: unknown): Checked => {
  const [systems, stages, handoffs, flows] = [
    entriesOf(input, 'systems'),
    entriesOf(input, 'stages'),
    entriesOf(input, 'handoffs'),
    entriesOf(input, 'flows'),
  ]
  return {
    systems: wellFormed(systems, systemSchema),
    stages: wellFormed(stages, stageSchema),
    handoffs: wellFormed(handoffs, handoffSchema),
    flows: wellFormed(flows, flowSchema),
    names: {
      systems: Object.fromEntries(systems),
      stages: Object.fromEntries(stages),
      handoffs: Object.fromEntries(handoffs),
      flows: Object.fromEntries(flows),
    },
  }
}

/**
 * A contract from something a user wrote. Throws one `bad-contract` error that names every mistake with its path, what
 * was expected and what was found. `place` says where it came from.
 */
export function parseContract(input: unknown, place = 'contract'): Contract {
  const parsed = contractSchema.safeParse(input)
  const shape = parsed.success ? [] : mistakesIn(parsed.error.issues, input)
  const references = typeof input === 'object' && input !== null ? crossCheck(checkable(input)) : []
  const already = new Set(shape.map((mistake) => mistake.path))
  const mistakes = [...shape, ...references.filter((mistake) => !already.has(mistake.path))]
  if (!parsed.success || mistakes.length > 0) throw mistakesError('bad-contract', place, mistakes)
  return parsed.data
}
