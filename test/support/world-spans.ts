import type { Contract } from '../../src/contract/contract.ts'
import { chartCourse } from '../../src/diagnosis/course.ts'
import type { Finding } from '../../src/diagnosis/finding.ts'
import type { Judgement, Rule } from '../../src/diagnosis/rule.ts'
import type { Evidence } from '../../src/evidence/evidence.ts'
import type { Span } from '../../src/evidence/span.ts'
import { assemble } from '../../src/journey/assemble.ts'
import { fromMs, plus } from '../../src/shared/units.ts'
import type { World } from './world.ts'

/** What one rule says of a world at its end. */
export const judge = (rule: Rule, contract: Contract, { order, endsAtMs }: World, evidence: Evidence): Judgement => {
  const now = plus(order.enteredAt, fromMs(endsAtMs))
  return rule.judge(chartCourse(assemble(contract, order, evidence), now))
}

/** The findings of one rule at the end of a world. */
export const told = (
  rule: Rule,
  contract: Contract,
  world: World,
  evidence: Evidence = world.evidence,
): readonly Finding[] => judge(rule, contract, world, evidence).findings.map(({ finding }) => finding)

/** The world's evidence with every span changed. */
export const withSpans = ({ evidence }: World, change: (span: Span) => Span): Evidence => ({
  ...evidence,
  facts: evidence.facts.map((fact) => (fact.kind === 'span-ended' ? { ...fact, span: change(fact.span) } : fact)),
})

/** Adds attributes to a span. */
export const stamped = (attributes: (span: Span) => Span['attributes']) => (span: Span) => ({
  ...span,
  attributes: { ...span.attributes, ...attributes(span) },
})

/** A span of a service's work on the order. */
export const isOf = (service: string) => (span: Span) =>
  span.service === service && span.attributes['order.id'] !== undefined
