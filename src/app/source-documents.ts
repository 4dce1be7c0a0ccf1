import type { Coverage } from '../evidence/coverage.ts'
import type { Fact } from '../evidence/fact.ts'
import type { SourceHealth } from '../evidence/ports.ts'
import type { SourceDocument } from '../report/verdict-schema.ts'
import { toRfc3339 } from '../shared/units.ts'

/** How each source stood, how many facts of this order it told, and where it is known to have lost some. */
export const sourceDocuments = (
  health: readonly SourceHealth[],
  facts: readonly Fact[],
  gaps: readonly Coverage[],
): readonly SourceDocument[] =>
  health.map(({ name, state }) => ({
    name,
    state,
    facts: facts.filter((fact) => fact.source === name).length,
    gaps: gaps
      .filter((gap) => gap.source === name)
      .map(({ instance, from, to, dropped }) => ({ instance, from: toRfc3339(from), to: toRfc3339(to), dropped })),
  }))
