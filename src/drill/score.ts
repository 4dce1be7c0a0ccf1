import type { Contract } from '../contract/contract.ts'
import { CLASS_OF, type FindingClass, type FindingCode, SEVERITY_OF } from '../diagnosis/catalogue.ts'
import type { FindingDocument, VerdictDocument } from '../report/verdict-schema.ts'
import { between, toMs } from '../shared/units.ts'
import { isExpected, isNamed } from './detect.ts'
import type { Detection, Judged } from './judged.ts'
import type { Row } from './row.ts'

/** How well one row was diagnosed. */
export interface Score {
  /** The right code is among the causes. */
  readonly detected: boolean
  /** And names the right place. */
  readonly localised: boolean
  /** From the proof's last fact, or from the deadline if the row says so and it had passed; null when never said. */
  readonly timeToDetectionMs: number | null
  /** The limit is one for 95 of 100 rows, see `TOO_LATE`. */
  readonly withinLimit: boolean
  readonly passed: boolean
  /** Why it did not pass, one sentence each. */
  readonly faults: readonly string[]
}

/** A row fails by its time alone when it takes so many times its limit; the drill does when more than 5 rows in 100 are over theirs. */
const TOO_LATE = 2

const nameOf = ({ code, handoff, stage }: Pick<FindingDocument, 'code' | 'handoff' | 'stage'>): string =>
  `${code} at ${handoff ?? stage ?? 'no link'}`

/** What is proven before its deadline counts from its proof. */
function timeToDetection({ of, decidedAt, proofSeenAt, dueAt }: Detection): number | null {
  const from = of.measuredFrom === 'deadline' && dueAt !== null && dueAt <= decidedAt ? dueAt : proofSeenAt
  return from === null ? null : toMs(between(decidedAt, from))
}

/** Breaks that are called causes and that the row knows nothing of. */
const unexpected = (row: Row, { findings }: VerdictDocument): readonly FindingDocument[] =>
  findings.filter((it) => it.severity === 'broken' && !isExpected(row, it))

/** Scores a row whose finding the sources can prove. */
export function scoreRow(row: Row, { document, detection }: Judged): Score {
  const { findings, verdict } = document
  const detected = row.finding === null || findings.some(({ code }) => isNamed(row, code))
  const localised = row.finding === null || findings.some((it) => isExpected(row, it))
  const timeMs = detection === null ? null : timeToDetection(detection)
  const { limitMs } = detection?.of ?? row
  const withinLimit = row.finding === null || (localised && timeMs !== null && timeMs <= limitMs)
  const faults = [
    ...(localised ? [] : [missed(row, document)]),
    ...(row.verdicts.includes(verdict) ? [] : [`The verdict is ${verdict} instead of ${row.verdicts.join(' or ')}.`]),
    ...(localised && (timeMs ?? 0) > TOO_LATE * limitMs
      ? [`It was said after ${Math.round(timeMs ?? 0)} ms; the limit is ${limitMs} ms.`]
      : []),
    ...unexpected(row, document).map((it) => `${nameOf(it)} is called a cause.`),
  ]
  return { detected, localised, timeToDetectionMs: timeMs, withinLimit, passed: faults.length === 0, faults }
}

function missed({ finding, at }: Row, { findings, reason }: VerdictDocument): string {
  const found = findings.length === 0 ? `nothing was found (${reason})` : findings.map(nameOf).join(', ')
  return `Expected ${finding ?? 'nothing'} at ${at}, found ${found}.`
}

/**
 * Scores a row whose finding nobody is left to prove: less precise is right, wrong is not. Wrong is `passed` for an order that is broken, a break that is
 * called by a name other than overdue, or a place before the true one or beyond the first stage behind it.
 */
export function scoreUnprovable(row: Row, { document, detection }: Judged, contract: Contract): Score {
  const { verdict, findings } = document
  const breaks = row.finding !== null && SEVERITY_OF[CLASS_OF[row.finding]] === 'broken'
  const causes = findings.filter(({ severity }) => severity === 'broken')
  const places = breaks ? placesOf(contract, document.order.flow, row.at) : new Set<string>()
  const faults = [
    ...(breaks && (verdict === 'passed' || verdict === 'degraded') && !saysItDidNotLook(row, document, places)
      ? [`A broken order is called ${verdict}.`]
      : []),
    ...causes
      .filter((it) => !(breaks && isLessPrecise(it, row, places)))
      .map((it) => `${nameOf(it)} is wrong, not only less precise.`),
  ]
  const localised = findings.some((it) => isExpected(row, it))
  return {
    detected: findings.some(({ code }) => isNamed(row, code)),
    localised,
    timeToDetectionMs: detection === null ? null : timeToDetection(detection),
    withinLimit: true,
    passed: faults.length === 0,
    faults,
  }
}

/**
 * What else a break is rightly called where nobody is left to tell the rest: a receiver that fails at a message fails at the work, whatever the broker then does with it; one
 * that made of its news what it already showed has swallowed it, as far as anybody can see; and news that did not come leaves two systems that differ. Who reads a
 * spoilt file fails at it.
 */
const CALLED_LESS_PRECISELY: Partial<Record<FindingCode, readonly FindingCode[]>> = {
  'file-missing': ['processing-failed'],
  'file-corrupted': ['processing-failed'],
  'message-not-published': ['status-mismatch'],
  'message-unroutable': ['status-mismatch'],
  'message-not-consumed': ['status-mismatch'],
  'message-lost': ['status-mismatch'],
  'message-dead-lettered': ['processing-failed', 'status-mismatch'],
  'message-redelivered': ['processing-failed', 'status-mismatch'],
  'message-unacknowledged': ['status-mismatch'],
  'message-swallowed': ['status-mismatch'],
  'status-mismatch': ['message-swallowed'],
}

const isLessPrecise = ({ code, handoff, stage }: FindingDocument, row: Row, places: ReadonlySet<string>): boolean =>
  (code === row.finding ||
    code === 'stage-overdue' ||
    (row.finding !== null && CALLED_LESS_PRECISELY[row.finding]?.some((other) => other === code) === true)) &&
  (row.at === 'any' || (handoff !== null && places.has(handoff)) || (stage !== null && places.has(stage)))

/** What only one witness can see, and no step of the order depends on. */
const SEEN_BY_ONE: ReadonlySet<FindingClass> = new Set(['file', 'view'])

/** A file or a page may be wrong in an order that passes, if the verdict itself says that nobody looked there. */
const saysItDidNotLook = ({ finding }: Row, { unchecked }: VerdictDocument, places: ReadonlySet<string>): boolean =>
  finding !== null &&
  SEEN_BY_ONE.has(CLASS_OF[finding]) &&
  unchecked.some(
    ({ code, handoff }) =>
      handoff !== null &&
      places.has(handoff) &&
      Object.entries(CLASS_OF).some(([name, kind]) => name === code && kind === CLASS_OF[finding]),
  )

/** The place itself, the first stage behind it, and what lies between the two; of what is in storage also where it is read. */
function placesOf(contract: Contract, flow: string, at: string): ReadonlySet<string> {
  const path = contract.flows[flow]?.path ?? []
  const names = path.map((step) => ('stage' in step ? step.stage : step.handoff))
  const isStorage = (name: string) => contract.handoffs[name]?.kind === 'storage'
  const places = new Set<string>(isStorage(at) ? names.filter(isStorage) : [])
  for (const [index, name] of names.entries()) {
    if (name !== at) continue
    for (const [offset, step] of path.slice(index).entries()) {
      places.add(names[index + offset] ?? name)
      if ('stage' in step) break
    }
  }
  return places
}
