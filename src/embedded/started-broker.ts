import type { ChildExit } from './child.ts'
import type { StartOptions } from './postgres.ts'

/** How a private broker is started. */
export interface BrokerStartOptions extends StartOptions {
  /** How long a consumer may take to acknowledge before its channel is closed; RabbitMQ's 30 minutes when left out. */
  readonly consumerTimeoutMs?: number
}

/** A broker that was started for us. */
export interface StartedBroker {
  /** Connection string with user and password. */
  readonly amqpUrl: string
  /** Management API with user and password. */
  readonly managementUrl: string
  readonly from: 'installed' | 'debian-packages' | 'docker'
  /** Process id of the node; undefined where it runs in a container. */
  readonly pid: number | undefined
  /** Resolves when the broker is gone, whether it was stopped or died. */
  readonly exited: Promise<ChildExit>
  /** Ends it. May be called again. */
  stop(): Promise<void>
}
