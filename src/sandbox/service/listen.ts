import type { FastifyInstance } from 'fastify'
import type { ReleaseStack } from '../../shared/release.ts'
import type { Database } from '../database/pool.ts'
import type { ServiceSettings } from './settings.ts'

/** Opens the service's port; closed first when the service stops, so that requests in hand are finished. */
export async function listen(
  server: FastifyInstance,
  settings: ServiceSettings,
  release: ReleaseStack,
): Promise<{ readonly port: number }> {
  await server.listen({ host: settings.host, port: settings.port })
  release.push('http', () => server.close())
  const address = server.server.address()
  return { port: address !== null && typeof address === 'object' ? address.port : settings.port }
}

/** What is wrong with the database, or undefined. */
export async function databaseTrouble(database: Database): Promise<string | undefined> {
  try {
    await database.query('SELECT 1')
    return undefined
  } catch {
    return 'the database does not answer'
  }
}
