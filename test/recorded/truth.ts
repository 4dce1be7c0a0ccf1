import type { Contract } from '../../src/contract/contract.ts'
import type { FindingCode } from '../../src/diagnosis/catalogue.ts'
import type { Finding } from '../../src/diagnosis/finding.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import type { Expected } from './plays.ts'
import type { Recording } from './recording.ts'

type Told = Pick<Recording, 'order' | 'expected'>

/** Places that stand for no link of the order's path. */
const NOWHERE: ReadonlySet<string> = new Set(['any', 'monitor'])

const MESSAGES: readonly FindingCode[] = [
  'message-not-published',
  'message-unroutable',
  'message-dead-lettered',
  'message-redelivered',
  'message-unacknowledged',
  'message-lost',
  'message-swallowed',
  'message-not-consumed',
]

/**
 * What may be said of a break instead of its own code where evidence is missing: each says less, and nothing that is not so. A missed deadline may be said of
 * all, and that two systems disagree of every message that did not bring its news.
 */
const SAYS_LESS: Partial<Readonly<Record<FindingCode, readonly FindingCode[]>>> = {
  // What was sent under another key was not sent to this hand-off; that the broker has no queue for it only the broker tells.
  'message-unroutable': ['message-not-published'],
  // The news was taken and its change never came; that another was made instead only the receiver's spans tell.
  'status-mismatch': ['message-swallowed'],
  // Its news was never sent; that the receiver went on without it only its history tells.
  'status-skipped': ['message-not-published'],
  // Its receiver failed on it; what the broker did with it then only the broker tells.
  'message-dead-lettered': ['processing-failed'],
  'message-redelivered': ['processing-failed'],
  // What a person asks of an order that was set back is refused; that it was set back only answers and rows tell.
  'status-reverted': ['processing-failed'],
  // It was shown and is gone; that it never stood in the database only rows tell.
  'order-not-saved': ['order-deleted'],
  // Whoever reads the file fails; why only the storage tells.
  'file-missing': ['processing-failed'],
  'file-corrupted': ['processing-failed'],
}

const nameOf = ({ code, handoff, stage }: Finding): string =>
  `${code} at ${[handoff, stage].filter((it) => it !== null).join(' ') || 'no link'}`

const isTruth = ({ code, at }: Expected, it: Finding): boolean =>
  it.code === code && (NOWHERE.has(at) || it.handoff === at || (it.handoff === null && it.stage === at))

/** What is wrong with the judgement of an order by everything that is known of it; null: it is right. Another break beside the true one is wrong too. */
export function mistakeIn({ expected }: Told, { verdict, findings }: Evaluation): string | null {
  if (verdict === 'inconclusive' || !expected.verdicts.includes(verdict)) return `called ${verdict}`
  const found = findings.map(nameOf).join(', ') || 'nothing'
  if (verdict !== 'passed' && expected.code !== null && !findings.some((it) => isTruth(expected, it)))
    return `found ${found}`
  const other = findings.find((it) => it.severity === 'broken' && !isTruth(expected, it))
  return other === undefined ? null : `${nameOf(other)} is called a cause`
}

/**
 * What is wrong with the judgement of an order of which something is not known; null: it is right, or only less precise. A broken order is never `passed` or `degraded`, one that is not
 * is never `broken`. Whatever is called a break is the true one, by its own code or one that says less, at the true hand-off or stage, or at a stage behind it where no hand-off is
 * named; what became of a file also at the hand-off that reads it. A healthy order has no fault found, a degraded one none but its own. With `byLies`, where a
 * source vouches for what it lost, the code alone may be any other.
 */
export function falsehoodIn(contract: Contract, told: Told, evaluation: Evaluation, byLies: boolean): string | null {
  const { verdict, findings } = evaluation
  const { expected } = told
  if (verdict === 'inconclusive') return null
  const isBroken = expected.verdicts.includes('broken')
  if (isBroken !== (verdict === 'broken')) return `called ${verdict}: ${findings.map(nameOf).join(', ')}`
  const behind = placesBehind(contract, told)
  const wrong = findings.find((it) => {
    if (it.severity === 'inconclusive') return false
    if (it.severity === 'degraded') return !isBroken && !byLies && !mayBeSaid(expected, it)
    return !(byLies || mayBeSaid(expected, it)) || !isAtOrBehind(expected, behind, it)
  })
  return wrong === undefined ? null : nameOf(wrong)
}

const mayBeSaid = ({ code }: Expected, it: Finding): boolean =>
  it.code === code || (code !== null && it.severity === 'broken' && saysLess(code).includes(it.code))

const saysLess = (code: FindingCode): readonly FindingCode[] => [
  'stage-overdue',
  ...(SAYS_LESS[code] ?? []),
  ...(MESSAGES.includes(code) ? (['status-mismatch'] as const) : []),
]

const isAtOrBehind = ({ at }: Expected, places: Places, { handoff, stage }: Finding): boolean =>
  NOWHERE.has(at) ||
  (handoff === null ? stage !== null && places.stages.has(stage) : places.handoffs.has(handoff) || handoff === at)

interface Places {
  readonly handoffs: ReadonlySet<string>
  readonly stages: ReadonlySet<string>
}

/** The stages at and behind the true place, and the hand-offs at which a file that was put there is read. */
function placesBehind(contract: Contract, { order, expected: { at, after } }: Told): Places {
  const path = contract.flows[order.flow]?.path ?? []
  const from = after === null ? 0 : path.findIndex((step) => 'stage' in step && step.stage === after)
  const start = path.findIndex((step, index) => index >= from && ('stage' in step ? step.stage : step.handoff) === at)
  const behind = path.slice(Math.max(0, start))
  const file = contract.handoffs[at]
  const reads = behind.flatMap((step) => {
    const spec = 'handoff' in step ? contract.handoffs[step.handoff] : undefined
    const isSame = file?.kind === 'storage' && spec?.kind === 'storage' && spec.object === file.object
    return 'handoff' in step && isSame ? [step.handoff] : []
  })
  return {
    handoffs: new Set(reads),
    stages: new Set(behind.flatMap((step) => ('stage' in step ? [step.stage] : []))),
  }
}
