import type { DurationText } from '../shared/units.ts'

export type SystemId = string
export type StageId = string
export type HandoffId = string
export type FlowId = string

/** Who must act for a stage to be reached. */
export type Actor = 'machine' | 'person'

/** Whether trace context is promised to survive a hand-off: as parent, as link, or not at all. */
export type ContextPromise = 'continuous' | 'linked' | 'none'

/** One system of the installation. A database or a file store is a system without services. */
export interface SystemSpec {
  /** `service.name` values under which the system's spans arrive; empty for a system that tells no spans. */
  readonly services: readonly string[]
  /** The team that owns the system, named in findings. */
  readonly owner?: string
  /** False for a system that is known to leave no spans; its silence is then never a finding. Default: true if it has services. */
  readonly instrumented?: boolean
}

/** One status of the lifecycle. */
export interface StageSpec {
  readonly owner: SystemId
  /** Other systems in which the status must become visible. */
  readonly mirrors?: readonly SystemId[]
  readonly by?: Actor
  /** Longest time in the stage before this one, until this one is reached. */
  readonly within: DurationText
  /** Objective; past it the stage is slow, not broken. */
  readonly warn?: DurationText
  /** How often the owner tries the work of this stage before it gives up. Unknown: an error is final only at the deadline. */
  readonly attempts?: number
  /** Names of the owner's spans that do the work of this stage (`price.calculate`). Without them: any error span of the owner. */
  readonly work?: readonly string[]
  /** `error.type` or exception types after which the owner never tries again. */
  readonly finalErrors?: readonly string[]
  /** Name (of `content`) of the value this stage works out; compared with what the probe knows to be right. */
  readonly result?: string
  /** Route at the owner by which somebody asks for this stage, where no hand-off of the path names it (`POST /api/orders/{order}/submit`). */
  readonly asked?: string
}

interface HandoffCommon {
  readonly from: SystemId
  readonly to: SystemId
  /** Longest crossing time before the link counts as the place where an order stopped. */
  readonly within: DurationText
  /** Default `continuous` for http and storage, `none` for a shared database. */
  readonly context?: ContextPromise
  /** Objective for the crossing; past it the hop is slow, not broken. */
  readonly warn?: DurationText
  /** Statuses this hand-off carries, when it carries more than one. */
  readonly carries?: readonly StageId[]
}

/** `METHOD /path/{parameter}` as the receiving system serves it, the same for all statuses or one for each. */
export type RouteSpec = string | Readonly<Record<StageId, string>>

export interface HttpHandoff extends HandoffCommon {
  readonly kind: 'http'
  readonly route: RouteSpec
}

/** A person's act, reaching a system over HTTP. `from` is the person's role (`seller`, `operator`). */
export interface PersonHandoff extends HandoffCommon {
  readonly kind: 'person'
  readonly route: RouteSpec
}

export interface QueueHandoff extends HandoffCommon {
  readonly kind: 'queue'
  readonly exchange: string
  /** Routing key, the same for all statuses or one for each. */
  readonly key: string | Readonly<Record<StageId, string>>
  readonly queue: string
  /** Queues from which a message returns after a delay. */
  readonly retry?: readonly string[]
  /** Queues from which no message comes back by itself. */
  readonly terminal?: readonly string[]
  /** How often one message may be delivered before it counts as going round for ever. Default 4. */
  readonly deliveries?: number
}

export interface SharedDatabaseHandoff extends HandoffCommon {
  readonly kind: 'shared-database'
  readonly table: string
  /** `write`: the sender's own statement. `read`: the receiver finds the row. */
  readonly operation: 'write' | 'read'
}

export interface StorageHandoff extends HandoffCommon {
  readonly kind: 'storage'
  readonly bucket: string
  readonly operation: 'put' | 'get'
  /** Where the order's object lies: a key, or a prefix that ends with `/`, with `{order}` and `{reference}`. Without it no look into storage. */
  readonly object?: string
}

export type HandoffSpec = HttpHandoff | PersonHandoff | QueueHandoff | SharedDatabaseHandoff | StorageHandoff
export type HandoffKind = HandoffSpec['kind']

/**
 * One step of an order's path: a stage by name, or a crossing of a hand-off. A crossing that only carries news to a mirror,
 * and that the order does not wait for, is a `branch`.
 */
export type PathStep =
  | { readonly stage: StageId }
  | { readonly handoff: HandoffId; readonly status?: StageId; readonly branch?: boolean }

export interface FlowSpec {
  /** The system in which an order of this flow gets its id. */
  readonly bornIn: SystemId
  readonly path: readonly PathStep[]
  /** What this flow has otherwise than the stage says: a partner's order is submitted to another owner. */
  readonly stages?: Readonly<Record<StageId, Partial<StageSpec>>>
}

/** How an order is recognised in what the systems leave. */
export interface Recognise {
  readonly span: {
    /** Span or resource attributes that hold the order id. */
    readonly order: readonly string[]
    /** Attributes that hold the monitor's own external reference. */
    readonly reference?: readonly string[]
    /** Attribute that holds the status the span speaks of. */
    readonly status: string
    /** Attributes and values that mark the span which *sets* a status. Without them every span of the owner with the status counts. */
    readonly reached?: Readonly<Record<string, string>>
  }
  readonly message?: {
    /** Message headers that hold the order id; `message_id`, `correlation_id` name the properties. */
    readonly order: readonly string[]
    /** Message headers or baggage members any of which marks a message as synthetic. */
    readonly mark?: readonly string[]
  }
  /** Span attributes (boolean or text) any of which marks a span as synthetic. */
  readonly mark?: readonly string[]
}

/** How the row of an order is read, as one system's view of it. */
export interface RowSpec {
  /** The system whose database it is (`shop-db`); the configuration says how to reach it. */
  readonly database: SystemId
  /** One SELECT; `$1` are order ids, `$2` external references, both `text[]`. It answers the orders under either. */
  readonly query: string
  /** Columns of the answer. `history`: an array of statuses; `content`: values by their name in the contract. */
  readonly columns: {
    readonly order: string
    readonly status: string
    readonly reference?: string
    readonly history?: string
    readonly content?: Readonly<Record<string, string>>
  }
  /** Other systems that show the same row. */
  readonly alsoShownBy?: readonly SystemId[]
}

/** A page a person works from, and what it must show of the order. */
export interface ViewSpec {
  readonly system: SystemId
  /** Path of the page. */
  readonly path: string
  /** From when the order must be on it: the stage set, or its news come, at `system`. */
  readonly shows: StageId
  /** Until when: once this stage is reached it may be gone. */
  readonly until?: StageId
  /** The hand-off a person takes from there, or whose news it shows; findings name it. */
  readonly handoff: HandoffId
  /** How soon after the status it must show. */
  readonly within: DurationText
  /** CSS selector of the order's entry, with `{order}` and `{reference}`. */
  readonly entry: string
  /** Pattern (regular expression) the entry's text must match; without it the entry alone suffices. */
  readonly text?: string
}

/** Named values of an order that answers and rows tell (`content`). */
export interface ContentSpec {
  /** Those that may not change once the order is placed. */
  readonly fixed?: readonly string[]
}

/** What must happen to an order, in the words of the business. Parsed and checked by `parseContract`. */
export interface Contract {
  readonly name: string
  readonly systems: Readonly<Record<SystemId, SystemSpec>>
  readonly stages: Readonly<Record<StageId, StageSpec>>
  readonly handoffs: Readonly<Record<HandoffId, HandoffSpec>>
  readonly flows: Readonly<Record<FlowId, FlowSpec>>
  readonly recognise: Recognise
  readonly everySpanCarries: readonly string[]
  readonly neverInTelemetry: readonly string[]
  /** What a crashed placement may do: place again, look the order up by its external reference, or neither. */
  readonly placing: 'idempotent' | 'findable' | 'neither'
  /** Rows of orders, by the system whose view they are. */
  readonly rows?: Readonly<Record<SystemId, RowSpec>>
  /** Pages people work from, by a name findings use (`the operators' first page`). */
  readonly views?: Readonly<Record<string, ViewSpec>>
  readonly content?: ContentSpec
  readonly telemetry?: {
    /** How long after its moment a span may reasonably arrive; later counts as late. Default `10 s`. */
    readonly settle?: DurationText
    /** Bound on the drift between two clocks, in parts per million. Default 100. */
    readonly driftPpm?: number
    /** How far an instance's clock may be off before it counts as skewed. Default `1 s`. */
    readonly skew?: DurationText
    /** Attributes that must stand on a system's spans only where they apply: on spans that serve a request, on spans with an error, on spans that move a file. */
    readonly serverSpansCarry?: readonly string[]
    readonly errorSpansCarry?: readonly string[]
    readonly fileSpansCarry?: readonly string[]
  }
  /** Codes whose severity this contract sets otherwise than the catalogue. */
  readonly severity?: Readonly<Record<string, 'broken' | 'degraded'>>
}
