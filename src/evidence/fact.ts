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
 * A system answered what status it shows for the order, or its database holds a row of it (`source: 'postgres'`, `system` the one whose view the row is);
 * `status: null` says it knows no such order.
 * `at` runs from the sending of the question to the receipt of the answer, on the monitor's clock.
 */
export interface StatusAnswered extends FactCommon {
  readonly kind: 'status-answered'
  readonly system: string
  readonly status: string | null
  /** Every status the system says the order has had, in order, where its answer tells; null where it does not. */
  readonly history: readonly string[] | null
  /** Named values of the order (`price`, `model`) as the contract calls them; absent where the source tells none. */
  readonly content?: Readonly<Record<string, string>>
  /** With `status: null`: there is an order under our id, and it bears the reference of another. */
  readonly foreign?: true
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

/**
 * A system answered a light question of ours that tells nothing of any order: the span it left compares the two clocks. `at` runs from the sending of the
 * question to the receipt of the answer, on the monitor's clock.
 */
export interface ClockAsked extends FactCommon {
  readonly kind: 'clock-asked'
  readonly system: string
  readonly poll: SpanRef
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

/** A system holds an order under our reference: found by its reference, whatever its id. More than one id is a duplicate. */
export interface OrderFound extends FactCommon {
  readonly kind: 'order-found'
  readonly system: string
  readonly orderId: string
}

/** Why and where a message died, newest first; one entry of `x-death` (RabbitMQ, dead letter exchanges). */
export interface Death {
  readonly reason: 'rejected' | 'expired' | 'maxlen' | 'delivery_limit'
  readonly queue: string
  readonly exchange: string
  readonly routingKeys: readonly string[]
  readonly count: number
}

/** What a message carries besides its body, as far as the contract names it. */
interface MessageSigns {
  readonly messageId: string | null
  readonly correlationId: string | null
  /** The publish span named by its `traceparent` header; null where it carries none. */
  readonly context: SpanRef | null
  /** Whether it carries the synthetic mark (a header or baggage member the contract names); null where the contract names none. */
  readonly marked: boolean | null
  readonly deaths: readonly Death[]
}

/** A message entered the broker, told by the broker. `queues` empty: it was routed nowhere. */
export interface MessagePublished extends FactCommon, MessageSigns {
  readonly kind: 'message-published'
  readonly exchange: string
  readonly routingKey: string
  readonly queues: readonly string[]
}

/** The broker handed a message to a consumer. Says nothing of its settling. */
export interface MessageDelivered extends FactCommon, MessageSigns {
  readonly kind: 'message-delivered'
  readonly queue: string
  readonly exchange: string
  readonly routingKey: string
  readonly redelivered: boolean
}

/** A message passed a dead letter exchange, towards `queues` (those bound there under its key). `deaths[0]` says where it comes from. */
export interface MessageDeadLettered extends FactCommon, MessageSigns {
  readonly kind: 'message-dead-lettered'
  readonly exchange: string
  readonly routingKey: string
  readonly queues: readonly string[]
}

/** What the probe sent as the order's file. */
export interface FileSent extends FactCommon {
  readonly kind: 'file-sent'
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
  /** SHA-256 of the first 64 bytes (of all, if it has fewer): its content stays out of evidence. */
  readonly headSha256: string
  /** Content type under which it was sent. */
  readonly type: string
}

/** A look into file storage. `missing`: it holds no such object; `incomplete`: the object could not be read to its end. */
export interface FileChecked extends FactCommon {
  readonly kind: 'file-checked'
  readonly bucket: string
  /** Key of the object; null where none was found. */
  readonly object: string | null
  readonly outcome: 'found' | 'missing' | 'incomplete'
  readonly bytes: number | null
  readonly type: string | null
  readonly sha256: string | null
  readonly headSha256: string | null
}

/** A look at a page a person works from. */
export interface PageLooked extends FactCommon {
  readonly kind: 'page-looked'
  /** Name of the view in the contract. */
  readonly view: string
  readonly system: string
  /** `no-answer`: the page did not come, or not in time. `wrong`: it came without what the view must show of the order. */
  readonly outcome: 'shown' | 'not-shown' | 'wrong' | 'no-answer'
  readonly detail: string | null
}

/** A value planted in the test order was seen where it must not be. The value itself is never kept. */
export interface DataExposed extends FactCommon {
  readonly kind: 'data-exposed'
  /** Which planted value: `name`, `email`, `phone`, `model`. */
  readonly what: string
  /** The service or broker that exposed it. */
  readonly by: string
  /** `span attribute customer.name of "POST"`, `log record`, `message header x-customer`, `url.full`. */
  readonly where: string
}

/** What the probe knows to be right: a value of the order's content under the contract's name (`price`). */
export interface ContentExpected extends FactCommon {
  readonly kind: 'content-expected'
  readonly name: string
  readonly value: string
}

/** Facts of the broker, on the monitor's clock: between the earliest the tap's lag allows and arrival. */
export type MessageFact = MessagePublished | MessageDelivered | MessageDeadLettered

/** Something that happened to one order, told by one source. */
export type Fact =
  | SpanEnded
  | StatusAnswered
  | StatusUnavailable
  | ClockAsked
  | RequestMade
  | StepTaken
  | OrderPlaced
  | ProbeEnded
  | OrderFound
  | MessageFact
  | FileSent
  | FileChecked
  | PageLooked
  | DataExposed
  | ContentExpected
export type FactKind = Fact['kind']
