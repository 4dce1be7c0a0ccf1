import { resolve } from 'node:path'
import type { z } from 'zod'
import { Secret } from '../shared/secret.ts'
import { type Milliseconds, milliseconds, parseDuration } from '../shared/units.ts'
import type { Environment } from './environment.ts'
import type { rabbitmqSchema } from './rabbitmq-schema.ts'
import type { ConfigFile } from './schema.ts'

export interface RabbitMqSettings {
  /** AMQP URL with user, password and virtual host; null for the sandbox, whose broker is known once it runs. */
  readonly url: Secret | null
  /** Null: there is none, or the sandbox tells it. */
  readonly managementUrl: Secret | null
  readonly mode: 'firehose' | 'passive'
  /** File with the certificates that are trusted, absolute; null: the system's. */
  readonly ca: string | null
  /** How old the management API's figures may be. */
  readonly statistics: Milliseconds
}

/** What RabbitMQ counts by when nobody tells it otherwise, and the reference system, whose broker is told to. */
const STATISTICS_MS = { usual: 5_000, sandbox: 1_000 } as const

/** How the broker is tapped; null where it is not, because nobody says where one is or the configuration says no. */
export function rabbitmqOf(config: ConfigFile, folder: string, environment: Environment): RabbitMqSettings | null {
  const file: z.input<typeof rabbitmqSchema> | false = config.sources?.rabbitmq ?? {}
  if (file === false) return null
  const sandbox = config.system === 'sandbox'
  // In the sandbox these variables name the broker it is to use; it tells by itself which one that is.
  const url = (sandbox ? undefined : environment.amqpUrl) ?? file.url
  const management = (sandbox ? undefined : environment.amqpManagementUrl) ?? file.managementUrl
  if (url === undefined && !sandbox) return null
  const usual = sandbox ? STATISTICS_MS.sandbox : STATISTICS_MS.usual
  return {
    url: url === undefined ? null : secretOf(url),
    managementUrl: management === undefined ? null : secretOf(management),
    mode: file.mode ?? 'firehose',
    ca: file.ca === undefined ? null : resolve(folder, file.ca),
    statistics: (file.statistics === undefined ? undefined : parseDuration(file.statistics)) ?? milliseconds(usual),
  }
}

const secretOf = (value: string | Secret): Secret => (value instanceof Secret ? value : new Secret(value))
