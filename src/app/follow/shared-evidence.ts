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
  /** The last stretch of each tap, which the next one lengthens. */
  const lastOfTap = new Map<string, Coverage>()

  /** A tap vouches for one stretch after the other, several a second; two that meet say the same as one. */
  const joined = (record: Coverage): Coverage => {
    const tap = `${record.service}\n${record.instance}`
    const last = lastOfTap.get(tap)
    const meets = last !== undefined && last.to === record.from && last.dropped === 0 && record.dropped === 0
    const whole = meets ? { ...record, from: last.from, spans: last.spans + record.spans } : record
    const at = meets ? coverage.lastIndexOf(last) : -1
    if (at >= 0) coverage.splice(at, 1)
    lastOfTap.set(tap, whole)
    return whole
  }

  return {
    get coverage() {
      return coverage
    },
    get conditions() {
      return conditions
    },
    addCoverage: (record) => void coverage.push(record.source === 'rabbitmq' ? joined(record) : record),
    addCondition: (record) => void conditions.push(record),
    prune: (before) => {
      coverage = coverage.filter((record) => record.seenAt >= before)
      conditions = conditions.filter((record) => record.to >= before)
    },
  }
}
