import { CLASS_OF, type FindingCode, SEVERITY_OF } from './catalogue.ts'
import type { Unchecked } from './finding.ts'
import type { Place } from './place.ts'

/** Where something is not proven, and the code of the rule that would have told; null where none in particular would. */
export interface Unproven extends Pick<Place, 'handoff' | 'stage'> {
  readonly code: FindingCode | null
}

/**
 * Why nobody can tell how the order fared at a place: what the rule that would have told could not check there, else what another rule about breaks could not. What
 * could not be checked elsewhere, or of the telemetry, is no reason. Null: nothing is known to stand in the way.
 */
export function whyUnproven(unproven: Unproven, unchecked: readonly Unchecked[]): string | null {
  const there = unchecked.filter((each) => SEVERITY_OF[CLASS_OF[each.code]] === 'broken' && isAt(unproven, each))
  const first = there.find(({ code }) => code === unproven.code) ?? there[0]
  return first?.why ?? null
}

/** What is said of a hand-off alone concerns all it carries. */
const isAt = (at: Unproven, { handoff, stage }: Unchecked): boolean =>
  handoff === at.handoff && (stage === at.stage || (handoff !== null && stage === null))
