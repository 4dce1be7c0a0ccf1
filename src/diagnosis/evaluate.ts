import type { Contract } from '../contract/contract.ts'
import type { Evidence, WatchedOrder } from '../evidence/evidence.ts'
import { assemble } from '../journey/assemble.ts'
import type { UnixNanos } from '../shared/units.ts'
import { conclude } from './conclude.ts'
import { chartCourse } from './course.ts'
import { explainSymptoms } from './explain.ts'
import { tellJourney } from './journey-reading.ts'
import { join } from './rule.ts'
import { RULES } from './rules/list.ts'
import type { Evaluation } from './verdict.ts'

/**
 * The whole judgement of one order at one moment: a pure function of contract, evidence and time. The same evidence gives the same answer in any order of
 * arrival. `now` is on the monitor's clock; in a capture it is the end of its coverage.
 */
export function evaluate(contract: Contract, order: WatchedOrder, evidence: Evidence, now: UnixNanos): Evaluation {
  const assembly = assemble(contract, order, evidence)
  const course = chartCourse(assembly, now)
  const judged = join(RULES.map((rule) => rule(course)))
  const findings = explainSymptoms(judged.findings).map((finding) => {
    const severity = contract.severity?.[finding.code]
    return severity === undefined ? finding : { ...finding, severity }
  })
  const conclusion = conclude(course, findings, judged.unchecked)
  return {
    journey: tellJourney(course, findings, conclusion.state),
    findings,
    unchecked: judged.unchecked,
    lastFactSeenAt: lastFactSeenAt(evidence, assembly.view.spans.own),
    ...conclusion,
  }
}

/** The order's own spans and everything the probe and the systems said about it; spans that only answered our polls are left out. */
function lastFactSeenAt(evidence: Evidence, own: readonly { readonly seenAt: UnixNanos }[]): UnixNanos | null {
  let last: UnixNanos | null = null
  for (const { seenAt } of [...own, ...evidence.facts.filter(({ kind }) => kind !== 'span-ended')]) {
    if (last === null || seenAt > last) last = seenAt
  }
  return last
}
