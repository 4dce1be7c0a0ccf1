import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type GuardedChild, spawnGuarded, untilReady } from './child.ts'
import { freePorts, isListening } from './ports.ts'
import { exists } from './provision.ts'
import { advancedConfig, enabledPlugins, PLUGINS } from './rabbitmq-config.ts'
import type { RabbitInstall } from './rabbitmq-find.ts'
import { askManagement } from './rabbitmq-management.ts'
import { slimInstallation } from './rabbitmq-slim.ts'
import { giveToServiceUser, serviceUser } from './service-user.ts'
import type { BrokerStartOptions, StartedBroker } from './started-broker.ts'

const START_LIMIT_MS = 90_000
const ATTEMPTS = 3

interface Credentials {
  readonly user: string
  readonly password: string
}

/** Starts a throw-away node that listens on free loopback ports and shares nothing with any other broker of the machine. */
export async function startPrivateBroker(
  install: RabbitInstall,
  credentials: Credentials,
  options: BrokerStartOptions,
): Promise<StartedBroker> {
  for (let attempt = 1; ; attempt++) {
    const folder = await mkdtemp(path.join(options.folder, 'rabbitmq-'))
    // The last attempt takes the installation as it is, should a version need more than the plugins we know of.
    const scripts =
      attempt < ATTEMPTS ? await slimInstallation(install.sbin, PLUGINS, path.join(folder, 'server')) : undefined
    try {
      return await startNode(install, scripts ?? install.sbin, folder, credentials, options)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (attempt === ATTEMPTS) throw error
    }
  }
}

async function startNode(
  install: RabbitInstall,
  scripts: string,
  folder: string,
  { user, password }: Credentials,
  { signal, consumerTimeoutMs }: BrokerStartOptions,
): Promise<StartedBroker> {
  const [amqpPort = 0, managementPort = 0, distributionPort = 0, epmdPort = 0] = await freePorts(4)
  await writeFiles(folder, advancedConfig({ amqpPort, managementPort, user, password, consumerTimeoutMs }))
  const env = environment(install, scripts, folder, distributionPort, epmdPort)
  const common = { ...serviceUser(), cwd: folder, env, stopSignal: 'SIGKILL' } as const

  // Without one of ours the node would leave a port mapper of its own behind.
  const epmd = spawnGuarded('epmd', ['-address', '127.0.0.1', '-port', String(epmdPort)], common)
  const server = spawnGuarded('/bin/sh', [path.join(scripts, 'rabbitmq-server')], common)
  const managementUrl = `http://${user}:${password}@127.0.0.1:${managementPort}`
  const ready = async () => (await isListening(managementPort)) && (await answers(managementUrl))
  try {
    await untilReady(server, 'RabbitMQ', ready, { limitMs: START_LIMIT_MS, everyMs: 25, signal })
  } catch (error) {
    await stopAll(server, epmd, folder)
    throw error
  }
  let stopping: Promise<void> | undefined
  return {
    amqpUrl: `amqp://${user}:${password}@127.0.0.1:${amqpPort}`,
    managementUrl,
    from: install.from,
    pid: server.pid,
    exited: server.exited,
    stop: () => (stopping ??= stopAll(server, epmd, folder)),
  }
}

/** Killed, because an orderly end takes six seconds and there is nothing to save. */
async function stopAll(server: GuardedChild, epmd: GuardedChild, folder: string): Promise<void> {
  await Promise.all([server.stop(), epmd.stop()])
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
}

/** The API comes up after the AMQP listener, so its answer proves both. */
const answers = (managementUrl: string): Promise<boolean> =>
  askManagement(managementUrl, 'GET', 'vhosts').then(
    (status) => status === 200,
    () => false,
  )

async function writeFiles(folder: string, config: string): Promise<void> {
  const home = path.join(folder, 'home')
  for (const part of [
    folder,
    home,
    path.join(folder, 'node'),
    path.join(folder, 'log'),
    path.join(folder, 'generated'),
  ]) {
    if (!(await exists(part)) || part === folder) await mkdir(part, { recursive: true, mode: 0o700 })
    await giveToServiceUser(part)
  }
  const secrets: Readonly<Record<string, string>> = {
    'home/.erlang.cookie': randomBytes(24).toString('hex'),
    'advanced.config': config,
    enabled_plugins: enabledPlugins(),
  }
  for (const [name, text] of Object.entries(secrets)) {
    const file = path.join(folder, name)
    await writeFile(file, text, { mode: 0o400 })
    await giveToServiceUser(file)
  }
}

function environment(
  install: RabbitInstall,
  scripts: string,
  folder: string,
  distributionPort: number,
  epmdPort: number,
): NodeJS.ProcessEnv {
  const usual = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/homebrew/bin:/opt/erlang/bin'
  return {
    PATH: [...install.erlangPath, usual].join(':'),
    LC_ALL: 'C.UTF-8',
    ...(install.libraryPath.length === 0 ? {} : { LD_LIBRARY_PATH: install.libraryPath.join(':') }),
    HOME: path.join(folder, 'home'),
    // Lets the script become the node instead of standing in front of it.
    RUNNING_UNDER_SYSTEMD: 'true',
    RABBITMQ_SCRIPTS_DIR: scripts,
    RABBITMQ_NODENAME: 'waybill@localhost',
    RABBITMQ_DIST_PORT: String(distributionPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    RABBITMQ_CONF_ENV_FILE: path.join(folder, 'none'),
    RABBITMQ_CONFIG_FILE: path.join(folder, 'none.conf'),
    RABBITMQ_ADVANCED_CONFIG_FILE: path.join(folder, 'advanced.config'),
    RABBITMQ_ENABLED_PLUGINS_FILE: path.join(folder, 'enabled_plugins'),
    RABBITMQ_GENERATED_CONFIG_DIR: path.join(folder, 'generated'),
    RABBITMQ_MNESIA_BASE: path.join(folder, 'node'),
    RABBITMQ_LOG_BASE: path.join(folder, 'log'),
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 2:2 +sbwt none',
  }
}
