import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { Postgres } from '../../embedded/postgres.ts'
import type { RabbitMq } from '../../embedded/rabbitmq.ts'
import { createReleaseStack } from '../../shared/release.ts'
import type { ControlAnswer, ControlRequest } from '../faults/json-port.ts'
import { names } from '../names/names.ts'
import { type Cell, startCell } from './cell.ts'
import type { CellBroker } from './cell-broker.ts'
import { createDatabases, dropDatabases } from './databases.ts'
import { isSettable, serviceEnvironment } from './environment.ts'
import { startBroker } from './named-broker.ts'
import type { SandboxOptions } from './options.ts'

const STOP_LIMIT_MS = 12_000
const PATH = /^\/cells\/([a-z0-9]+)$/

/** The body of `POST /cells`: where this cell's spans go, and further settings of its services. */
const cellOrder = z.strictObject({
  /** OTLP endpoint of this cell; that of the first cell when left out. */
  otlp: z.url().optional(),
  /** Bearer token for it. */
  otlpToken: z.string().optional(),
  /** `OTEL_…`, `SANDBOX_ROW_CONTEXT`, `SANDBOX_VERSION`. */
  env: z
    .record(z.string(), z.string())
    .refine((given) => Object.keys(given).every(isSettable), 'holds a variable the services do not read')
    .optional(),
  /** Gives the cell a broker of its own whose consumers must acknowledge within this time: the limit belongs to a whole broker. */
  consumerTimeoutMs: z.number().int().min(500).optional(),
})
type CellOrder = z.output<typeof cellOrder>

/** What all cells share. */
export interface Servers {
  readonly postgres: Promise<Postgres>
  readonly broker: Promise<RabbitMq>
  readonly folder: string
  readonly compileCache: string
  readonly options: SandboxOptions
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  readonly say: (sentence: string) => void
}

/** Further order systems on the same servers, which share nothing else. */
export interface Cells {
  /** Answers `GET /cells`, `POST /cells`, `DELETE /cells/{id}`; undefined for any other path. */
  answer(request: ControlRequest): Promise<ControlAnswer | undefined>
  /** Stops all of them. */
  stop(): Promise<void>
}

/** No further cell at first. */
export function createCells(servers: Servers): Cells {
  const cells = new Map<string, Promise<Cell>>()
  // The first cell is the sandbox itself.
  let made = 1
  const stopping = new AbortController()
  const signal = AbortSignal.any([servers.signal, stopping.signal])

  const remove = async (id: string) => {
    const cell = await cells.get(id)
    await cell?.stop()
    cells.delete(id)
  }

  const add = async (order: CellOrder): Promise<ControlAnswer> => {
    made += 1
    const id = `c${made}`
    const starting = openCell(servers, id, order, signal)
    cells.set(id, starting)
    try {
      return { status: 201, body: (await starting).ready }
    } catch (error) {
      cells.delete(id)
      throw error
    }
  }

  return {
    async answer({ method, path: asked, body }) {
      const id = PATH.exec(asked)?.[1]
      if (asked === '/cells' && method === 'GET') {
        const up = await Promise.all(cells.values())
        return { status: 200, body: { cells: up.map(({ ready }) => ready) } }
      }
      if (asked === '/cells' && method === 'POST') {
        const order = cellOrder.safeParse(body ?? {})
        if (!order.success) return { status: 400, body: { error: z.prettifyError(order.error) } }
        return add(order.data)
      }
      if (id === undefined || method !== 'DELETE') return undefined
      if (!cells.has(id)) return { status: 404, body: { error: 'There is no such cell; GET /cells lists them.' } }
      await remove(id)
      return { status: 204 }
    },
    async stop() {
      stopping.abort(new Error('the sandbox stops'))
      await Promise.allSettled([...cells.keys()].map(remove))
    },
  }
}

/** Makes what the cell has on the servers, and starts it; everything it had is taken away when it stops. */
async function openCell(servers: Servers, id: string, order: CellOrder, signal: AbortSignal): Promise<Cell> {
  const { postgres, env, compileCache } = servers
  const release = createReleaseStack(STOP_LIMIT_MS)
  const suffix = `_${id}`
  const say = (sentence: string) => servers.say(`${id}: ${sentence}`)
  const folder = path.join(servers.folder, id)
  try {
    await mkdir(folder, { mode: 0o711 })
    release.push('folder', () => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }))
    const databases = postgres.then(async (server) => {
      release.push('databases', () => dropDatabases(server, suffix))
      return createDatabases(server, suffix)
    })
    const broker = brokerFor(servers, { id, folder, order, signal }).then(({ broker: own, remove }) => {
      release.push('broker', remove)
      return own
    })
    const cell = await startCell({
      id,
      folder,
      broker,
      databases,
      compileCache,
      environment: environmentFor(servers, order),
      env:
        env.S3_ENDPOINT === undefined
          ? env
          : { ...env, S3_BUCKET: `${env.S3_BUCKET ?? names.storage.say('models')}-${id}` },
      faults: [],
      signal,
      say,
    })
    release.push('processes', cell.stop)
    return { ready: cell.ready, stop: release.drain }
  } catch (error) {
    await release.drain().catch(() => {})
    throw error
  }
}

interface BrokerPlace {
  readonly id: string
  readonly folder: string
  readonly order: CellOrder
  readonly signal: AbortSignal
}

async function brokerFor(
  { broker, env, say }: Servers,
  { id, folder, order, signal }: BrokerPlace,
): Promise<{ readonly broker: CellBroker; readonly remove: () => Promise<void> }> {
  const { consumerTimeoutMs } = order
  if (consumerTimeoutMs !== undefined) {
    const { AMQP_URL: _, ...own } = env
    const started = await startBroker({ folder, signal, env: own, onProgress: say, consumerTimeoutMs })
    return { broker: started, remove: () => started.stop() }
  }
  const shared = await broker
  const name = `${names.storage.say('jewelry')}-${id}-${randomBytes(3).toString('hex')}`
  const amqpUrl = await shared.createVhost(name)
  return { broker: { amqpUrl, managementUrl: shared.managementUrl }, remove: () => shared.deleteVhost(name) }
}

function environmentFor({ options, env, compileCache }: Servers, order: CellOrder): Readonly<Record<string, string>> {
  const told = { ...options, otlpUrl: order.otlp ?? options.otlpUrl }
  const token =
    order.otlpToken === undefined ? {} : { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer ${order.otlpToken}` }
  return serviceEnvironment(told, { ...env, ...token, ...order.env }, compileCache)
}
