import type { Secret } from '../shared/secret.ts'
import type { Milliseconds } from '../shared/units.ts'
import type { Acts, Marks } from './people.ts'
import type { RabbitMqSettings } from './rabbitmq-settings.ts'
import type { Pace, SandboxPart } from './schema.ts'
import type { PageSettings, PostgresSettings, StorageSettings } from './witness-settings.ts'

export interface Address {
  readonly host: string
  readonly port: number
}

export interface OtlpSettings {
  readonly http: Address
  readonly grpc: Address | null
  readonly token: Secret | null
  /** Files with certificate and key, absolute. */
  readonly tls: { readonly cert: string; readonly key: string } | null
}

export interface StatusSystemSettings {
  /** Base URL; null for the sandbox, whose addresses are known once it runs. */
  readonly url: string | null
  readonly path: string
  readonly status: string
  /** Field with every status the order has had; null where the system does not tell. */
  readonly history: string | null
  /** Field with the external reference; null where the system tells none. */
  readonly reference: string | null
  /** Fields by the contract's names of content. */
  readonly content: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, Secret>>
  readonly notFound: readonly number[]
}

export interface ClockRouteSettings {
  /** Base URL; null for the sandbox, whose addresses are known once it runs. */
  readonly url: string | null
  readonly path: string
  readonly headers: Readonly<Record<string, Secret>>
}

export interface StatusApiSettings {
  readonly maxPerSecond: number
  /** Interval between two questions about an order that moves. */
  readonly moving: Milliseconds
  /** Longest interval between two questions about an order at rest. */
  readonly atRest: Milliseconds
  readonly timeout: Milliseconds
  readonly systems: Readonly<Record<string, StatusSystemSettings>>
  /** Light routes that leave a server span, by system: by their answers the systems' clocks are known well. */
  readonly clocks: Readonly<Record<string, ClockRouteSettings>>
}

export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Everything Waybill was told, after flag, environment, file and default were weighed. */
export interface Settings {
  /** The configuration file, absolute. */
  readonly file: string
  readonly system: string
  readonly targets: Readonly<Record<string, string>>
  readonly otlp: OtlpSettings | null
  readonly statusApi: StatusApiSettings | null
  readonly rabbitmq: RabbitMqSettings | null
  readonly postgres: PostgresSettings | null
  readonly storage: StorageSettings | null
  readonly page: PageSettings | null
  /** Null: the embedded PostgreSQL. */
  readonly databaseUrl: Secret | null
  /** Absolute. */
  readonly probesFolder: string
  readonly speed: Pace
  /** How the people of a probe ask for what they do. */
  readonly acts: Acts
  /** By what test orders are known. */
  readonly marks: Marks
  /** Whether the reference order system runs under other names, and what the contract calls its parts. */
  readonly sandbox: { readonly disguised: boolean; readonly systems: Readonly<Record<SandboxPart, string>> }
  /** How long placing an order may take before it counts as not placed. */
  readonly placeWithin: Milliseconds
  /** OTLP endpoint of the trace backend the systems report to, for the client spans of probes and of our questions; null: none. */
  readonly exportTo: { readonly url: string; readonly headers: Readonly<Record<string, Secret>> } | null
  readonly logLevel: LogLevel
  readonly color: boolean
}
