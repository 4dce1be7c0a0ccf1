import type { Standing } from '../app/follow/watched.ts'
import type { Contract } from '../contract/contract.ts'
import type { Finding } from '../diagnosis/finding.ts'
import type { Fact } from '../evidence/fact.ts'
import { latest, type UnixNanos } from '../shared/units.ts'
import { dueAt, dueOnView } from './due.ts'
import type { Detection } from './judged.ts'
import type { Row } from './row.ts'

/** Places that stand for no link of the order's path. */
const NOWHERE: ReadonlySet<string> = new Set(['any', 'monitor'])

/** Whether a finding names the place of the row. */
const namesPlace = ({ at }: Pick<Row, 'at'>, { handoff, stage }: Pick<Finding, 'handoff' | 'stage'>): boolean =>
  NOWHERE.has(at) || handoff === at || (handoff === null && stage === at)

/** Whether a code is one the row, or the second break of the same order, may be called by. */
export const isNamed = ({ finding, orElse, beside }: Row, code: string): boolean =>
  code === finding || orElse.some((it) => it === code) || (beside !== null && isNamed(beside, code))

/** Whether a finding is what the row expects, or what the second break of the same order must cause. */
export const isExpected = (
  row: Row,
  finding: Pick<Finding, 'handoff' | 'stage'> & { readonly code: string },
): boolean =>
  (isNamed(row, finding.code) && namesPlace(row, finding)) || (row.beside !== null && isExpected(row.beside, finding))

/** What the row expects among the findings of a standing, or null. Only causes count, not what they explain. */
export function detect(
  row: Row,
  { evaluation, decidedAt }: Standing,
  facts: readonly Fact[],
  contract: Contract,
): Detection | null {
  for (const of of row.beside === null ? [row] : [row, row.beside]) {
    const finding = evaluation.findings.find((it) => isExpected({ ...of, beside: null }, it))
    if (finding === undefined) continue
    return {
      of,
      decidedAt,
      proofSeenAt: proofSeenAt(finding, facts),
      dueAt: (finding.code === 'not-visible' ? dueOnView : dueAt)(contract, evaluation.journey, of.at),
    }
  }
  return null
}

/** A proof that is no fact of the order (the state of a queue) counts from the time it tells of. */
function proofSeenAt({ evidence }: Finding, facts: readonly Fact[]): UnixNanos | null {
  const seenAt = new Map(facts.map((fact) => [fact.id, fact.seenAt]))
  return evidence
    .map(({ ref, at }) => seenAt.get(ref) ?? at)
    .reduce<UnixNanos | null>((last, at) => (last === null ? at : latest(last, at)), null)
}
