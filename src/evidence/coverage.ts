import type { UnixNanos } from '../shared/units.ts'
import type { SourceName } from './fact.ts'

/**
 * One statement by which a source vouches for one emitting instance.
 *
 * For `otlp`: one export request of one instance. Exporters send spans in the order they ended, so an export request that
 * holds spans ended at a₁…aₙ vouches for every moment between a₁ and aₙ on that instance's clock; what lies between two
 * requests is vouched for only as `journey/vouch.ts` says.
 *
 * For `rabbitmq`: one stretch between two pilot messages of the tap, on the monitor's clock: everything of the virtual host `service` that the
 * mode `instance` (`firehose`, `dead-letters`) can see between them has been told. `spans` counts messages.
 */
export interface Coverage {
  readonly id: string
  readonly source: SourceName
  readonly service: string
  readonly instance: string
  /** First and last end of a span in the request, on the instance's clock. */
  readonly from: UnixNanos
  readonly to: UnixNanos
  /** When it arrived, on the monitor's clock. */
  readonly seenAt: UnixNanos
  readonly spans: number
  /** Spans the instance or we are known to have dropped (partial success, full buffer): a hole. */
  readonly dropped: number
}
