import type { Condition } from '../../evidence/condition.ts'
import type { Coverage } from '../../evidence/coverage.ts'
import type { UnixNanos } from '../../shared/units.ts'

/** What bears on every order: which instances vouched for what, and which systems could not be reached. */
export interface SharedEvidence {
  readonly coverage: readonly Coverage[]
  readonly conditions: readonly Condition[]
  addCoverage(record: Coverage): void
  addCondition(record: Condition): void
  /** Forgets what ended before `before`: no open order needs it. */
  prune(before: UnixNanos): void
}

/** Evidence that is kept once and given to each order. */
export function createSharedEvidence(): SharedEvidence {
  let coverage: Coverage[] = []
  let conditions: Condition[] = []
  return {
    get coverage() {
      return coverage
    },
    get conditions() {
      return conditions
    },
    addCoverage: (record) => void coverage.push(record),
    addCondition: (record) => void conditions.push(record),
    prune: (before) => {
      coverage = coverage.filter((record) => record.seenAt >= before)
      conditions = conditions.filter((record) => record.to >= before)
    },
  }
}
