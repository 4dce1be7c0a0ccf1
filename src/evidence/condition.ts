import type { UnixNanos } from '../shared/units.ts'
import type { SourceName } from './fact.ts'

/** The state of something shared over an interval on the monitor's clock: an instance up or down, later a queue's depth. */
export interface Condition {
  readonly id: string
  readonly source: SourceName
  readonly kind: 'system-reachable' | 'system-unreachable'
  readonly subject: string
  readonly from: UnixNanos
  readonly to: UnixNanos
}
