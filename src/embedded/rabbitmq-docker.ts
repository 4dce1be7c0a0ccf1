import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { spawnGuarded, untilReady } from './child.ts'
import { freePorts } from './ports.ts'
import type { StartOptions } from './postgres.ts'
import { enabledPlugins } from './rabbitmq-config.ts'
import { askManagement } from './rabbitmq-management.ts'
import type { StartedBroker } from './started-broker.ts'

const IMAGE = 'rabbitmq:4.2.1-management'
const START_LIMIT_MS = 300_000

/** Whether a Docker client is there and its engine answers. */
export async function dockerAnswers(): Promise<boolean> {
  const client = spawnGuarded('docker', ['version', '--format', '{{.Server.Version}}'], { graceMs: 1000 })
  const exit = await client.exited
  await client.stop()
  return exit.code === 0
}

/** Starts a throw-away broker in a container. The client stays in the foreground, so that the container ends with it and so with us. */
export async function startRabbitmqInDocker(
  { user, password }: { readonly user: string; readonly password: string },
  { folder, signal, onProgress }: StartOptions,
): Promise<StartedBroker> {
  const [amqpPort = 0, managementPort = 0] = await freePorts(2)
  const plugins = path.join(folder, 'enabled_plugins')
  await writeFile(plugins, enabledPlugins(), { mode: 0o644 })
  onProgress?.(`Starting RabbitMQ in Docker (${IMAGE}); the first time the image (100 MB) is fetched.`)
  const name = `waybill-rabbitmq-${randomBytes(6).toString('hex')}`
  const args = [
    'run',
    '--rm',
    '--name',
    name,
    '-p',
    `127.0.0.1:${amqpPort}:5672`,
    '-p',
    `127.0.0.1:${managementPort}:15672`,
  ]
  // Named without a value, so that the password is not on the command line.
  const settings = [
    '-e',
    'RABBITMQ_DEFAULT_USER',
    '-e',
    'RABBITMQ_DEFAULT_PASS',
    '-v',
    `${plugins}:/etc/rabbitmq/enabled_plugins:ro`,
  ]
  const client = spawnGuarded('docker', [...args, ...settings, IMAGE], {
    env: { ...process.env, RABBITMQ_DEFAULT_USER: user, RABBITMQ_DEFAULT_PASS: password },
    stopSignal: 'SIGTERM',
    graceMs: 15_000,
  })
  const managementUrl = `http://${user}:${password}@127.0.0.1:${managementPort}`
  const ready = () =>
    askManagement(managementUrl, 'GET', 'vhosts').then(
      (status) => status === 200,
      () => false,
    )
  try {
    await untilReady(client, 'RabbitMQ in Docker', ready, { limitMs: START_LIMIT_MS, everyMs: 100, signal })
  } catch (error) {
    await client.stop()
    throw error
  }
  return {
    amqpUrl: `amqp://${user}:${password}@127.0.0.1:${amqpPort}`,
    managementUrl,
    from: 'docker',
    pid: undefined,
    exited: client.exited,
    stop: () => client.stop(),
  }
}
