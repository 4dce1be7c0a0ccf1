import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { findHome } from '../../embedded/home.ts'
import { startPostgres } from '../../embedded/postgres.ts'
import { createRunFolder } from '../../embedded/run-folder.ts'
import { createReleaseStack } from '../../shared/release.ts'
import type { SandboxReady } from '../ready.ts'
import { startCell } from './cell.ts'
import { createCells } from './cells.ts'
import { createDatabases } from './databases.ts'
import { serviceEnvironment } from './environment.ts'
import { startBroker } from './named-broker.ts'
import type { SandboxOptions } from './options.ts'

const STOP_LIMIT_MS = 14_000

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

/** Brings the servers and the first cell up, everything at once that can be; a failed start takes down what was started. */
export async function startSandbox(options: SandboxOptions, surroundings: SandboxSurroundings): Promise<Sandbox> {
  const { env, signal, say } = surroundings
  const release = createReleaseStack(STOP_LIMIT_MS)
  const runFolder = await createRunFolder('sandbox', env)
  release.push('run folder', runFolder.release)
  const folder = runFolder.path

  const held = async <T extends { stop(): Promise<void> }>(name: string, starting: Promise<T>): Promise<T> => {
    const part = await starting
    release.push(name, () => part.stop())
    return part
  }

  try {
    const compileCache = path.join((await findHome(env)).cache, 'compiled')
    await mkdir(compileCache, { recursive: true })
    say('Starting PostgreSQL, RabbitMQ and the file storage.')
    const start = { folder, signal, env, onProgress: say }
    // First, because it takes longest.
    const broker = held('RabbitMQ', startBroker(start))
    const postgres = held('PostgreSQL', startPostgres(start))
    const cells = createCells({ broker, postgres, folder, compileCache, options, env, signal, say })
    const first = startCell({
      id: 'c1',
      folder,
      broker,
      databases: postgres.then((server) => createDatabases(server)),
      compileCache,
      environment: serviceEnvironment(options, env, compileCache),
      env,
      faults: options.faults,
      more: cells.answer,
      signal,
      say,
    })
    const settled = await Promise.allSettled([postgres, broker, first])
    for (const result of settled) if (result.status === 'rejected') throw result.reason
    const { ready, stop } = await first
    release.push('first cell', stop)
    release.push('further cells', cells.stop)
    return { ready, stop: release.drain }
  } catch (error) {
    await release.drain().catch(() => {})
    throw error
  }
}
