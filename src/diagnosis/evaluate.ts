import type { Contract } from '../contract/contract.ts'
import type { Evidence, WatchedOrder } from '../evidence/evidence.ts'
import { assemble } from '../journey/assemble.ts'
import type { UnixNanos } from '../shared/units.ts'
import { conclude } from './conclude.ts'
import { type Course, chartCourse } from './course.ts'
import { explainSymptoms, isCauseOf } from './explain.ts'
import { tellJourney } from './journey-reading.ts'
import { type Judgement, join, type Pending, type Rule } from './rule.ts'
import { RULES } from './rules/list.ts'
import type { Evaluation } from './verdict.ts'

/**
 * The whole judgement of one order at one moment: a pure function of contract, evidence and time. The same evidence gives the same answer in any order of
 * arrival. `now` is on the monitor's clock; in a capture it is the end of its coverage.
 */
export function evaluate(contract: Contract, order: WatchedOrder, evidence: Evidence, now: UnixNanos): Evaluation {
  const assembly = assemble(contract, order, evidence)
  const course = chartCourse(assembly, now)
  const judged = judgeInOrder(RULES, course)
  const findings = explainSymptoms(judged.findings).map((finding) => {
    const severity = contract.severity?.[finding.code]
    return severity === undefined ? finding : { ...finding, severity }
  })
  const conclusion = conclude(course, findings, judged)
  return {
    journey: tellJourney(course, findings, conclusion.state),
    findings,
    unchecked: judged.unchecked,
    lastFactSeenAt: lastFactSeenAt(evidence, assembly.view.spans.own),
    ...conclusion,
  }
}

/**
 * What all rules say; where a rule waits for its proof, the less precise rules after it say no break yet, neither at that place nor further down the same
 * causal path: that break would be its symptom.
 */
function judgeInOrder(rules: readonly Rule[], course: Course): Required<Judgement> {
  const pending: Pending[] = []
  const judgements: Judgement[] = []
  for (const { judge } of rules) {
    const judgement = judge(course)
    const findings = judgement.findings.filter(
      (placed) =>
        placed.finding.severity !== 'broken' ||
        !pending.some((cause) => cause.until !== null && isCauseOf(cause, placed)),
    )
    judgements.push({ ...judgement, findings })
    pending.push(...(judgement.pending ?? []).filter(({ until }) => until === null || until > course.now))
  }
  return { ...join(judgements), pending }
}

/** The order's own spans and everything the probe and the systems said about it; spans that only answered our polls are left out. */
function lastFactSeenAt(evidence: Evidence, own: readonly { readonly seenAt: UnixNanos }[]): UnixNanos | null {
  let last: UnixNanos | null = null
  for (const { seenAt } of [...own, ...evidence.facts.filter(({ kind }) => kind !== 'span-ended')]) {
    if (last === null || seenAt > last) last = seenAt
  }
  return last
}
