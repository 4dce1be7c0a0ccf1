import { randomBytes } from 'node:crypto'
import { WaybillError } from '../shared/errors.ts'
import type { ChildExit } from './child.ts'
import { findHome } from './home.ts'
import { dockerAnswers, startRabbitmqInDocker } from './rabbitmq-docker.ts'
import { findInstalledRabbitmq } from './rabbitmq-find.ts'
import { createVhost, deleteVhost } from './rabbitmq-management.ts'
import { startPrivateBroker } from './rabbitmq-private.ts'
import { canProvisionRabbitmq, provisionRabbitmq } from './rabbitmq-provision.ts'
import type { BrokerStartOptions, StartedBroker } from './started-broker.ts'

/** A RabbitMQ for one run, or the one that was named. */
export interface RabbitMq {
  /** Connection string with user and password. */
  readonly amqpUrl: string
  /** Management API with user and password; null when a named broker has none. */
  readonly managementUrl: string | null
  readonly from: 'AMQP_URL' | 'installed' | 'debian-packages' | 'docker'
  /** Process id of a node of our own; undefined otherwise. */
  readonly pid: number | undefined
  /** Resolves when a broker we started is gone, whether it was stopped or died; never for a named one. */
  readonly exited: Promise<ChildExit>
  /** Makes a virtual host of its own, for parts of a run that must not meet. Gives its connection string. */
  createVhost(name: string): Promise<string>
  /** Removes one again, with everything in it. */
  deleteVhost(name: string): Promise<void>
  /** Ends a broker we started; does nothing to a named one. May be called again. */
  stop(): Promise<void>
}

/**
 * A real RabbitMQ: the one named by `AMQP_URL` (its management API by `AMQP_MANAGEMENT_URL`), else a private one from an installed server,
 * else from Debian's packages unpacked into the cache, else in Docker.
 */
export async function startRabbitmq(options: BrokerStartOptions): Promise<RabbitMq> {
  const env = options.env ?? process.env
  const named = env.AMQP_URL
  if (named !== undefined && named !== '') return namedBroker(named, env.AMQP_MANAGEMENT_URL || null)

  const credentials = { user: 'waybill', password: randomBytes(18).toString('base64url') }
  const installed = await findInstalledRabbitmq()
  if (installed !== undefined) return broker(await startPrivateBroker(installed, credentials, options))
  let debian = 'this machine has no Debian packages'
  if (await canProvisionRabbitmq()) {
    const { cache } = await findHome(env)
    const unpacked = await provisionRabbitmq(cache, options.onProgress, options.signal).catch((error: unknown) => {
      options.signal?.throwIfAborted()
      debian = `Debian’s packages could not be had (${error instanceof Error ? error.message.slice(0, 300) : String(error)})`
      return undefined
    })
    if (unpacked !== undefined) return broker(await startPrivateBroker(unpacked, credentials, options))
  }
  if (await dockerAnswers()) return broker(await startRabbitmqInDocker(credentials, options))
  throw new WaybillError({
    code: 'part-missing',
    message: `RabbitMQ was found nowhere: AMQP_URL is not set, no server is installed, ${debian}, and no Docker engine answers.`,
    hint: 'Set AMQP_URL to a broker of your own, install rabbitmq-server, or start Docker.',
  })
}

const broker = (started: StartedBroker): RabbitMq => ({
  ...started,
  createVhost: (name) => vhostOf(started.amqpUrl, started.managementUrl, name),
  deleteVhost: (name) => deleteVhost(started.managementUrl, name),
})

const namedBroker = (amqpUrl: string, managementUrl: string | null): RabbitMq => ({
  amqpUrl,
  managementUrl,
  from: 'AMQP_URL',
  pid: undefined,
  exited: new Promise(() => {}),
  createVhost: (name) => vhostOf(amqpUrl, managementUrl, name),
  deleteVhost: async (name) => {
    if (managementUrl !== null) await deleteVhost(managementUrl, name)
  },
  stop: async () => {},
})

async function vhostOf(amqpUrl: string, managementUrl: string | null, name: string): Promise<string> {
  if (managementUrl === null) {
    throw new WaybillError({
      code: 'part-missing',
      message: 'A virtual host is needed, but the broker named by AMQP_URL has no known management API.',
      hint: 'Set AMQP_MANAGEMENT_URL as well.',
    })
  }
  await createVhost(managementUrl, name)
  const url = new URL(amqpUrl)
  url.pathname = `/${encodeURIComponent(name)}`
  return url.href
}
