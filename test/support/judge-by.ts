import type { Contract } from '../../src/contract/contract.ts'
import { chartCourse } from '../../src/diagnosis/course.ts'
import type { Finding } from '../../src/diagnosis/finding.ts'
import type { Judgement, Rule } from '../../src/diagnosis/rule.ts'
import { assemble } from '../../src/journey/assemble.ts'
import type { Story } from './story.ts'

/** What one rule says of a story at one of its moments. */
export function judgeBy(rule: Rule, contract: Contract, story: Story, ms: number): Judgement {
  const { evidence, now } = story.known(ms)
  return rule.judge(chartCourse(assemble(contract, story.order, evidence), now))
}

/** The places a rule names, as `code handoff stage`. */
export const placesOf = ({
  findings,
}: {
  readonly findings: readonly { readonly finding: Finding }[]
}): readonly string[] =>
  findings.map(({ finding: { code, handoff, stage } }) => `${code} ${handoff ?? '-'} ${stage ?? '-'}`)

/** Everything rules ever say while a story goes on, looked at every so often; each place once. */
export function everSaid(
  rules: Rule | readonly Rule[],
  contract: Contract,
  story: Story,
  untilMs = 29_000,
  everyMs = 1_000,
): readonly string[] {
  const said = new Set<string>()
  for (let ms = everyMs; ms <= untilMs; ms += everyMs) {
    const { evidence, now } = story.known(ms)
    const course = chartCourse(assemble(contract, story.order, evidence), now)
    for (const rule of [rules].flat()) for (const place of placesOf(rule.judge(course))) said.add(place)
  }
  return [...said]
}
