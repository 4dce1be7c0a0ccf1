import type { Evaluation } from '../../src/diagnosis/verdict.ts'

const placesOf = ({ findings }: Evaluation): readonly string[] =>
  findings.filter(({ severity }) => severity === 'broken').map(({ handoff, stage }) => handoff ?? stage ?? '')

/**
 * Whether taking evidence away has made an answer wrong: another word than the whole evidence gives except `inconclusive`, or a break at another
 * place. Naming only the stage is less precise, not wrong.
 */
export function isWrong(full: Evaluation, cut: Evaluation): boolean {
  if (cut.verdict === 'inconclusive') return false
  if ((full.verdict === 'broken') !== (cut.verdict === 'broken')) return true
  if (full.verdict === 'passed') return cut.verdict !== 'passed'
  if (full.verdict !== 'broken') return false
  const [whole, part] = [full.findings[0], cut.findings[0]]
  const lessPrecise = (whole?.handoff === null || part?.handoff === null) && whole?.stage === part?.stage
  return !lessPrecise && placesOf(full).join() !== placesOf(cut).join()
}
