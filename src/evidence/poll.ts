import type { Fact } from './fact.ts'
import type { SpanRef } from './span.ts'

/** The span under which a question of ours was asked, so that the spans it caused can be recognised; null for all other facts. */
export const pollOf = (fact: Fact): SpanRef | null => ('poll' in fact ? fact.poll : null)
