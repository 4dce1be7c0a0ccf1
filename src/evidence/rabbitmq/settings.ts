import type { Contract } from '../../contract/contract.ts'
import type { Clock } from '../../shared/clock.ts'
import type { Secret } from '../../shared/secret.ts'
import type { Milliseconds } from '../../shared/units.ts'
import type { PlantedRegistry } from '../planted.ts'
import type { Room } from './parts.ts'
import type { WaitingLimits } from './waiting.ts'

/** `firehose`: every message of the virtual host is seen. `passive`: only what queues and dead letters tell. */
export type TapMode = 'firehose' | 'passive'

/** How often the tap does what. */
export interface TapPace {
  /** Between two pilots while somebody waits for an order. */
  readonly pilotMs: number
  /** Between two pilots while nobody does. */
  readonly restMs: number
  /** How long a pilot may take before the tap counts as late. */
  readonly lateMs: number
  /** How long it may take before nothing is told. */
  readonly downMs: number
  /** Between two looks at what is bound to the dead letter exchanges. */
  readonly bindingsMs: number
  /** First wait before connecting again; each further one is twice as long. */
  readonly reconnectMs: number
  readonly reconnectMostMs: number
}

export const TAP_PACE: TapPace = {
  pilotMs: 200,
  restMs: 1_000,
  lateMs: 1_000,
  downMs: 2_000,
  bindingsMs: 10_000,
  reconnectMs: 250,
  reconnectMostMs: 10_000,
}

/** Room of our own queues in the broker: enough for some seconds of a flood. */
export const TAP_ROOM: Room = { messages: 20_000, bytes: 64 * 1024 * 1024 }

export const TAP_WAITING: WaitingLimits = { max: 30_000, maxAgeMs: 60_000 }

export interface RabbitMqOptions {
  /** AMQP URL with user, password and virtual host; `amqps` for TLS. */
  readonly url: Secret
  /** Management API with user and password; null: there is none. */
  readonly managementUrl: Secret | null
  readonly mode: TapMode
  /** Certificates (PEM) that are trusted instead of the system's; null: the system's. */
  readonly ca: string | null
  /** How old the figures of the management API may be: the broker's `collect_statistics_interval`. */
  readonly statistics: Milliseconds
  readonly contract: Pick<Contract, 'handoffs' | 'recognise'>
  /** What is planted in the orders that are followed, and must not stand in headers. */
  readonly planted: PlantedRegistry
  readonly clock: Clock
  readonly pace: TapPace
  readonly room: Room
  readonly waiting: WaitingLimits
}
