import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { findHome } from '../../embedded/home.ts'
import { freePorts } from '../../embedded/ports.ts'
import { type Postgres, startPostgres } from '../../embedded/postgres.ts'
import { type RabbitMq, startRabbitmq } from '../../embedded/rabbitmq.ts'
import { createRunFolder } from '../../embedded/run-folder.ts'
import { createReleaseStack } from '../../shared/release.ts'
import { Secret } from '../../shared/secret.ts'
import { findFault } from '../faults/catalogue.ts'
import type { SandboxReady } from '../ready.ts'
import { createDatabases } from './databases.ts'
import { serviceEnvironment } from './environment.ts'
import { watchHealth } from './health-watch.ts'
import type { SandboxOptions } from './options.ts'
import { type ServiceProcess, type ServiceSpec, startService } from './service-process.ts'
import { type RunningStorage, type StorageAccess, startStorage } from './storage.ts'
import { openSwitches } from './switches.ts'

const STOP_LIMIT_MS = 12_000

/** The whole order system, running. */
export interface Sandbox {
  readonly ready: SandboxReady
  /** Stops everything and removes the run folder. May be called again. */
  stop(): Promise<void>
}

export interface SandboxSurroundings {
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  /** Hears what is being done, one sentence at a time. */
  readonly say: (sentence: string) => void
}

type ServiceName = ServiceSpec['name']

/** Brings the order system up, everything at once that can be; a failed start takes down what was started. */
export async function startSandbox(options: SandboxOptions, surroundings: SandboxSurroundings): Promise<Sandbox> {
  const { env, signal, say } = surroundings
  const release = createReleaseStack(STOP_LIMIT_MS)
  const folder = await createRunFolder('sandbox', env)
  release.push('run folder', folder.release)
  const logs = path.join(folder.path, 'logs')
  await mkdir(logs, { mode: 0o700 })
  const services = new Map<ServiceName, ServiceProcess>()
  const token = new Secret(randomBytes(24).toString('base64url'))

  const held = async <T extends { stop(): Promise<void> }>(name: string, starting: Promise<T>): Promise<T> => {
    const part = await starting
    release.push(name, () => part.stop())
    return part
  }

  try {
    const start = { folder: folder.path, signal, env, onProgress: say }
    const switches = await openSwitches(
      {
        'shop-api': () => services.get('shop-api'),
        'crm-api': () => services.get('crm-api'),
        'mes-api': () => services.get('mes-api'),
      },
      token,
    )
    release.push('control port', switches.close)
    say('Starting PostgreSQL, RabbitMQ and the file storage.')
    const [crmPort = 0] = await freePorts(1)
    const compileCache = path.join((await findHome(env)).cache, 'compiled')
    const common = {
      ...serviceEnvironment(options, env, compileCache),
      SANDBOX_CONTROL_TOKEN: token.reveal(),
    }
    const spec = (
      name: ServiceName,
      settings: Promise<Readonly<Record<string, string>>>,
      own: Readonly<Record<string, string>> = {},
    ): ServiceSpec => ({
      name,
      program: new URL(`../${name.replace('-api', '')}/main.ts`, import.meta.url),
      logFile: path.join(logs, `${name}.log`),
      env: { ...common, OTEL_SERVICE_NAME: name, ...own },
      settings,
    })
    const up = async (service: ServiceSpec) => {
      const process = await startService(service, say, async () => {
        if (service.name !== 'carrier') await switches.repeat(service.name)
      })
      services.set(service.name, process)
      return process
    }

    // First, because it takes longest.
    const broker = held('RabbitMQ', startRabbitmq(start))
    const postgres = held('PostgreSQL', startPostgres(start))
    const databases = postgres.then((server: Postgres) => createDatabases(server))
    const storage = held('storage', startStorage(folder.path, env, compileCache, signal))
    const behindBroker = async (role: 'crmApp' | 'mesApp') => {
      const [urls, { access }, { amqpUrl }] = await Promise.all([databases, storage, broker])
      return { SANDBOX_DATABASE_URL: urls[role], SANDBOX_AMQP_URL: amqpUrl, ...storageVariables(access) }
    }
    const shopSettings = async () => {
      const [{ shopApp }, { access }] = await Promise.all([databases, storage])
      return { SANDBOX_DATABASE_URL: shopApp, ...storageVariables(access) }
    }
    // All settle before a failure is spoken, so that nothing starts after the release stack is drained.
    const all = [
      up(spec('crm-api', behindBroker('crmApp'), { SANDBOX_PORT: String(crmPort) })),
      up(spec('mes-api', behindBroker('mesApp'))),
      up(spec('shop-api', shopSettings())),
      up(spec('carrier', Promise.resolve({ SANDBOX_CRM_URL: `http://127.0.0.1:${crmPort}` }))),
    ]
    const settled = await Promise.allSettled([postgres, storage, broker, ...all])
    release.push('services', async () => {
      await Promise.all([...services.values()].map((service) => service.stop()))
    })
    for (const result of settled) if (result.status === 'rejected') throw result.reason
    signal.throwIfAborted()
    const health = watchHealth(services, say)
    release.push('health watch', health.stop)

    for (const name of options.faults) {
      const byOrder = findFault(name)?.scopes.some((kind) => kind === 'order') === true
      await switches.set(name, byOrder ? { kind: 'order', reference: 'all' } : { kind: 'process' })
    }
    const urlOf = (name: ServiceName) => `http://127.0.0.1:${services.get(name)?.port ?? 0}`
    const parts: readonly [RabbitMq, RunningStorage] = await Promise.all([broker, storage])
    const { shopReader, mesReader } = await databases
    const ready: SandboxReady = {
      type: 'ready',
      shop: urlOf('shop-api'),
      crm: urlOf('crm-api'),
      mes: urlOf('mes-api'),
      carrier: urlOf('carrier'),
      amqp: parts[0].amqpUrl,
      amqpManagement: parts[0].managementUrl,
      shopDb: shopReader,
      mesDb: mesReader,
      s3: parts[1].access,
      control: { url: switches.url, token: token.reveal() },
    }
    return { ready, stop: release.drain }
  } catch (error) {
    await release.drain().catch(() => {})
    throw error
  }
}

const storageVariables = (access: StorageAccess): Readonly<Record<string, string>> => ({
  S3_ENDPOINT: access.endpoint,
  S3_BUCKET: access.bucket,
  AWS_REGION: access.region,
  AWS_ACCESS_KEY_ID: access.accessKeyId,
  AWS_SECRET_ACCESS_KEY: access.secretAccessKey,
})
