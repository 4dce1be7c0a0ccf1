import type { UnixNanos } from '../shared/units.ts'
import type { Key } from './keys.ts'
import type { Span, SpanRef } from './span.ts'

/** A place evidence comes from. */
export type SourceName =
  | 'otlp'
  | 'rabbitmq'
  | 'status-api'
  | 'postgres'
  | 'storage'
  | 'page'
  | 'probe'
  | 'jaeger'
  | 'tempo'
  | 'capture'

/** The clock of the monitor itself, on which `seenAt` and the monitor's own acts are told. */
export const MONITOR_CLOCK = 'monitor'

/** When something happened, on a named clock (`monitor` or a span's `instance`). A poll proves an interval, not an instant. */
export interface At {
  readonly clock: string
  readonly earliest: UnixNanos
  readonly latest: UnixNanos
}

interface FactCommon {
  /** Unique within one evidence log; the same happening told twice by one source has the same id. */
  readonly id: string
  readonly source: SourceName
  readonly at: At
  /** When it reached us, on the monitor's clock. */
  readonly seenAt: UnixNanos
  readonly keys: readonly Key[]
}

/** A span ended at its instance. `batch` names the export request it came in; null when the source has none. */
export interface SpanEnded extends FactCommon {
  readonly kind: 'span-ended'
  readonly span: Span
  readonly batch: string | null
}

/**
 * A system answered what status it shows for the order; `status: null` says it knows no such order.
 * `at` runs from the sending of the question to the receipt of the answer, on the monitor's clock.
 */
export interface StatusAnswered extends FactCommon {
  readonly kind: 'status-answered'
  readonly system: string
  readonly status: string | null
  /** Every status the system says the order has had, in order, where its answer tells; null where it does not. */
  readonly history: readonly string[] | null
  /** The question's own span, so that the answering server's span can be matched; null when the source carries no context. */
  readonly poll: SpanRef | null
}

/** A system could not be asked. `refused`: nothing listens there. `nonsense`: an answer that is none. */
export interface StatusUnavailable extends FactCommon {
  readonly kind: 'status-unavailable'
  readonly system: string
  readonly why: 'refused' | 'timeout' | 'error' | 'nonsense'
  readonly detail: string
  readonly poll: SpanRef | null
}

/** The probe or a person it plays sent a request to one of the systems. `at` runs from sending to answer. */
export interface RequestMade extends FactCommon {
  readonly kind: 'request-made'
  /** `customer`, `partner`, `seller`, `operator`, `carrier`. */
  readonly by: string
  readonly system: string
  readonly method: string
  /** Path only, never a query. */
  readonly path: string
  /** HTTP status; null when no answer came. */
  readonly httpStatus: number | null
  /** Why no answer came. */
  readonly failure: 'refused' | 'timeout' | 'reset' | null
  /** The span under which it was sent; its `traceparent`. */
  readonly span: SpanRef | null
}

/** One step of the probe's story ended. */
export interface StepTaken extends FactCommon {
  readonly kind: 'step-taken'
  readonly step: string
  readonly by: string
  readonly outcome: 'done' | 'failed'
  readonly detail: string | null
}

/** The probe learned the order's id: the order is placed. */
export interface OrderPlaced extends FactCommon {
  readonly kind: 'order-placed'
  readonly orderId: string
}

/** The probe ended: the story was played to its end, the order stopped being moved, or the probe itself broke. */
export interface ProbeEnded extends FactCommon {
  readonly kind: 'probe-ended'
  readonly outcome: 'played' | 'order-stopped' | 'broke' | 'killed'
  readonly detail: string | null
}

/** Something that happened to one order, told by one source. */
export type Fact = SpanEnded | StatusAnswered | StatusUnavailable | RequestMade | StepTaken | OrderPlaced | ProbeEnded
export type FactKind = Fact['kind']
