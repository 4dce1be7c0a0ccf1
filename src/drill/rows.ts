import { CLASS_OF, type FindingCode, SEVERITY_OF } from '../diagnosis/catalogue.ts'
import type { VerdictWord } from '../diagnosis/verdict.ts'
import { EXPECTATIONS } from './expectations.ts'
import { INVENTED } from './invented.ts'
import { OTHER_ROWS, PLANS, type Plan } from './plans.ts'
import type { MeasuredFrom, Row, RowScope } from './row.ts'
import type { StoryName } from './stories.ts'

/** A fault as the sandbox lists it. */
export interface KnownFault {
  readonly name: string
  readonly scopes: readonly ('order' | 'process' | 'broker')[]
}

/** Said once the deadline has passed, because silence is all there is to see. */
const SILENT: ReadonlySet<FindingCode> = new Set([
  'stage-overdue',
  'message-not-published',
  'message-not-consumed',
  'message-unacknowledged',
  'message-lost',
  'message-swallowed',
  'status-mismatch',
  'not-visible',
  'result-not-saved',
])
/** Told by the totals of queues, which the broker works out every so often. */
const TOTALLED: ReadonlySet<FindingCode> = new Set(['message-not-consumed', 'message-unacknowledged', 'message-lost'])

const AT_ONCE_MS = 1_000
const STATISTICS_INTERVAL_MS = 5_000
/** Two looks at a page have to agree. */
const TWO_LOOKS_MS = 2_000

/** Hand-offs only an order of a partner crosses. */
const PARTNERS: ReadonlySet<string> = new Set(['P1', 'P2'])

const verdictOf = (finding: FindingCode | null): VerdictWord =>
  finding === null ? 'passed' : SEVERITY_OF[CLASS_OF[finding]]

const measuredFrom = (finding: FindingCode | null): MeasuredFrom =>
  finding !== null && SILENT.has(finding) ? 'deadline' : 'proof'

/** How long a source may take to look once more. */
function rhythmMs(finding: FindingCode | null): number {
  if (finding === 'not-visible') return TWO_LOOKS_MS
  return finding !== null && TOTALLED.has(finding) ? STATISTICS_INTERVAL_MS : 0
}

const usualStory = (at: string): StoryName => (PARTNERS.has(at) ? 'partner' : 'customer')

/** One row from what is said of it; the rest as it usually is. */
function rowOf(id: string, fault: string | null, scope: RowScope, plan: Plan): Row {
  const finding = plan.finding ?? null
  const at = plan.at ?? 'any'
  return {
    id,
    fault,
    invented: fault !== null && INVENTED[fault] !== undefined,
    scope,
    at,
    finding,
    orElse: [],
    verdicts: [verdictOf(finding)],
    story: usualStory(at),
    after: null,
    mending: null,
    measuredFrom: measuredFrom(finding),
    limitMs: AT_ONCE_MS + rhythmMs(finding),
    provenBy: null,
    alongside: [],
    strangers: 0,
    apart: false,
    cell: finding === 'not-visible' ? 'looks-at-pages' : null,
    probe: null,
    beside: null,
    ...plan,
  }
}

/** All rows: each known fault at each hand-off it names, then those without a fault. */
export function rowsFor(faults: readonly KnownFault[]): readonly Row[] {
  const known = new Set(faults.map(({ name }) => name))
  const ofFaults = faults.flatMap(({ name, scopes }) => {
    const expected = EXPECTATIONS[name] ?? INVENTED[name]
    if (expected === undefined) return []
    const plans = PLANS[name] ?? [{}]
    return plans.map((plan) => {
      const at = plan.at ?? expected.at
      const id = plans.length === 1 ? name : `${name} at ${at}`
      return rowOf(id, name, plan.scope ?? scopes[0] ?? 'order', { ...expected, ...plan, at, id })
    })
  })
  const others = OTHER_ROWS.filter(({ fault }) => fault === undefined || fault === null || known.has(fault))
  return [
    ...ofFaults,
    ...others.map(({ id, fault, ...plan }) => rowOf(id, fault ?? null, plan.scope ?? 'none', { ...plan, id })),
  ]
}

/** An order nothing is done to; `flow` says which story. */
export const healthyRow = (id: string, story: StoryName, probe: string | null = null): Row =>
  rowOf(id, null, 'none', { story, probe })
