import type { DrillDocument, DrillSummary } from '../report/drill-schema.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import type { Row } from './row.ts'
import type { Score } from './score.ts'

/** Why a row is played: to be found, because it looks like trouble and is none, or as a healthy order beside the others. */
export type Kind = 'break' | 'harmless' | 'healthy'

/** One row played and scored. */
export interface Result {
  readonly row: Row
  readonly kind: Kind
  /** False: a source is taken away without which nobody can prove it. */
  readonly provable: boolean
  /** Null: it could not be played to a verdict. */
  readonly document: VerdictDocument | null
  readonly score: Score
  /** The file with the whole verdict document; null for a row that passed. */
  readonly file: string | null
}

/** The row as `waybill.drill/1`. */
export const drillDocument = ({ row, provable, document, score, file }: Result): DrillDocument => ({
  schema: 'waybill.drill/1',
  row: row.id,
  fault: row.fault,
  invented: row.invented || row.beside?.invented === true,
  scope: row.scope,
  at: row.at,
  expected: row.finding,
  provable,
  found: (document?.findings ?? []).map(({ code, handoff, stage }) => ({ code, handoff, stage })),
  detected: score.detected,
  localised: score.localised,
  measuredFrom: row.measuredFrom,
  timeToDetectionMs: score.timeToDetectionMs,
  limitMs: row.limitMs,
  verdict: document?.verdict ?? 'inconclusive',
  expectedVerdicts: [...row.verdicts],
  passed: score.passed,
  why: [...score.faults],
  order: document?.order.key ?? null,
  run: document?.order.run ?? null,
  file,
})

/** How many of 100 breaks may be said later than their limit: the limits are those of the 95th percentile. */
const LATE_OF_100 = 5

/** Whether enough of the breaks that were found were said within their limits. */
export const isInTime = ({ localised, withinLimit }: DrillSummary): boolean =>
  (localised - withinLimit) * 100 <= localised * LATE_OF_100

/** Findings about the monitor itself say nothing of the order. */
const isAboutOrder = ({ class: kind }: VerdictDocument['findings'][number]): boolean => kind !== 'monitor'

/** An order with nothing wrong that is called broken, or a healthy one of which anything is found. */
const isFalseAlarm = ({ kind, document }: Result): boolean => {
  if (kind === 'break' || document === null) return false
  return document.verdict === 'broken' || (kind === 'healthy' && document.findings.some(isAboutOrder))
}

/** The whole drill as `waybill.drill-summary/1`. */
export function drillSummary(
  results: readonly Result[],
  about: Pick<DrillSummary, 'without' | 'seed' | 'tookMs'>,
): DrillSummary {
  const ofKind = (kind: Kind) => results.filter((result) => result.kind === kind)
  const toBeFound = ofKind('break').filter(({ provable }) => provable)
  const count = (which: (score: Score) => boolean) => toBeFound.filter(({ score }) => which(score)).length
  return {
    schema: 'waybill.drill-summary/1',
    faults: toBeFound.length,
    detected: count(({ detected }) => detected),
    localised: count(({ localised }) => localised),
    withinLimit: count(({ localised, withinLimit }) => localised && withinLimit),
    unprovable: ofKind('break').length - toBeFound.length,
    harmless: ofKind('harmless').length,
    healthyOrders: ofKind('healthy').length,
    falseAlarms: results.filter(isFalseAlarm).length,
    failed: results.filter(({ score }) => !score.passed).length,
    ...about,
  }
}
