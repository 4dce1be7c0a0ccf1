import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { freePorts } from '../../embedded/ports.ts'
import { createReleaseStack } from '../../shared/release.ts'
import { Secret } from '../../shared/secret.ts'
import { type FaultName, findFault } from '../faults/catalogue.ts'
import { names } from '../names/names.ts'
import type { SandboxReady } from '../ready.ts'
import { createActs } from './acts.ts'
import type { CellBroker } from './cell-broker.ts'
import type { Databases } from './databases.ts'
import { watchHealth } from './health-watch.ts'
import { type ServiceProcess, type ServiceSpec, startService } from './service-process.ts'
import { type StorageAccess, startStorage } from './storage.ts'
import { type MoreRequests, openSwitches } from './switches.ts'
import { createTellPart } from './tell-part.ts'

const STOP_LIMIT_MS = 12_000

/** One order system of its own: four services, a storage, two databases, a virtual host and a control port. */
export interface Cell {
  readonly ready: SandboxReady
  /** Stops its processes; what it has on the servers stays. May be called again. */
  stop(): Promise<void>
}

/** What a cell stands on and is told. */
export interface CellGround {
  readonly id: string
  /** Of its own; exists. */
  readonly folder: string
  readonly broker: Promise<CellBroker>
  readonly databases: Promise<Databases>
  readonly compileCache: string
  /** The environment its four services share. */
  readonly environment: Readonly<Record<string, string>>
  /** Our own environment, which may name a storage server. */
  readonly env: NodeJS.ProcessEnv
  readonly faults: readonly FaultName[]
  /** What its control port answers beside the switches. */
  readonly more?: MoreRequests
  readonly signal: AbortSignal
  readonly say: (sentence: string) => void
}

type ServiceName = ServiceSpec['name']

/** Starts the processes of one cell, all at once; they wait for servers that are still on their way. A failed start takes down what was started. */
export async function startCell(ground: CellGround): Promise<Cell> {
  const { id, folder, broker, databases, compileCache, env, signal, say } = ground
  // Watched from the beginning: a server that fails early must not go unheard.
  const servers = Promise.allSettled([databases, broker])
  const release = createReleaseStack(STOP_LIMIT_MS)
  const services = new Map<ServiceName, ServiceProcess>()
  const token = new Secret(randomBytes(24).toString('base64url'))
  const logs = path.join(folder, 'logs')

  try {
    await mkdir(logs, { mode: 0o700 })
    let storageControl: number | undefined
    const parts = {
      'shop-api': () => services.get('shop-api'),
      'crm-api': () => services.get('crm-api'),
      'mes-api': () => services.get('mes-api'),
      carrier: () => services.get('carrier'),
      storage: () => (storageControl === undefined ? undefined : { controlPort: storageControl }),
    }
    const tell = createTellPart(parts, token)
    const acts = createActs({ service: (name) => services.get(name), broker, databases, tell })
    const switches = await openSwitches({ tell, acts, more: ground.more }, token)
    release.push('control port', switches.close)
    const [crmPort = 0] = await freePorts(1)
    const spec = (
      name: ServiceName,
      settings: Promise<Readonly<Record<string, string>>>,
      own: Readonly<Record<string, string>> = {},
    ): ServiceSpec => ({
      name,
      program: new URL(`../${name.replace('-api', '')}/main.ts`, import.meta.url),
      logFile: path.join(logs, `${name}.log`),
      env: {
        ...ground.environment,
        SANDBOX_CONTROL_TOKEN: token.reveal(),
        OTEL_SERVICE_NAME: names.service.say(name),
        ...own,
      },
      settings,
    })
    const up = async (service: ServiceSpec) => {
      const process = await startService(service, say, () => switches.repeat(service.name))
      services.set(service.name, process)
      return process
    }

    const storage = startStorage(folder, env, compileCache, token, signal).then((started) => {
      storageControl = started.controlPort
      release.push('storage', () => started.stop())
      return started
    })
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
    const settled = (await Promise.all([servers, Promise.allSettled([storage, ...all])])).flat()
    release.push('services', async () => {
      await Promise.all([...services.values()].map((service) => service.stop()))
    })
    for (const result of settled) if (result.status === 'rejected') throw result.reason
    signal.throwIfAborted()
    const health = watchHealth(services, say)
    release.push('health watch', health.stop)

    for (const name of ground.faults) {
      const byOrder = findFault(name)?.scopes.some((kind) => kind === 'order') === true
      await switches.set(name, byOrder ? { kind: 'order', reference: 'all' } : { kind: 'process' })
    }
    const urlOf = (name: ServiceName) => `http://127.0.0.1:${services.get(name)?.port ?? 0}`
    const [{ amqpUrl, managementUrl }, { access }, { shopReader, mesReader }] = await Promise.all([
      broker,
      storage,
      databases,
    ])
    const ready: SandboxReady = {
      type: 'ready',
      cell: id,
      shop: urlOf('shop-api'),
      crm: urlOf('crm-api'),
      mes: urlOf('mes-api'),
      carrier: urlOf('carrier'),
      amqp: amqpUrl,
      amqpManagement: managementUrl,
      shopDb: shopReader,
      mesDb: mesReader,
      s3: access,
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
