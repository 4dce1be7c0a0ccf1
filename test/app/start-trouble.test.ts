import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import { startApp } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import type { ConfigFile } from '../../src/config/schema.ts'
import { asWaybillError } from '../../src/shared/errors.ts'

/** A port on which something else listens. */
const takenPort = async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('it listens on a port')
  return { port: address.port, close: () => server.close() }
}

const refusal = async (
  config: ConfigFile,
  variables: NodeJS.ProcessEnv = {},
  signal = new AbortController().signal,
) => {
  const settings = resolveSettings({}, readEnvironment(variables), {
    file: '/x/waybill.config.ts',
    folder: '/x',
    config,
  })
  const contract = jewelry('fast')
  const starting = startApp({ settings, contract, onProgress: () => {}, onTrouble: () => {}, signal })
  return starting.then((app) => app.stop(), asWaybillError)
}

describe('starting the monitor', () => {
  it('names the port that is in use and what to do', async () => {
    const taken = await takenPort()
    const error = await refusal({ system: 'shop', sources: { otlp: { http: `127.0.0.1:${taken.port}`, grpc: false } } })
    taken.close()
    expect(error).toMatchObject({ code: 'port-in-use' })
    expect(error?.sentence()).toContain(String(taken.port))
  })

  it('refuses to listen beyond loopback without authentication', async () => {
    const error = await refusal({ system: 'shop', sources: { otlp: { http: '0.0.0.0:0', grpc: false } } })
    expect(error).toMatchObject({ code: 'listener-needs-authentication' })
  })

  it('says that the store cannot be reached, without its password', async () => {
    const free = await takenPort()
    free.close()
    const variables = { DATABASE_URL: `postgres://me:planted@127.0.0.1:${free.port}/waybill` }
    const error = await refusal({ system: 'shop', sources: { otlp: { http: '127.0.0.1:0', grpc: false } } }, variables)
    expect(error).toMatchObject({ code: 'store-unavailable' })
    expect(error?.sentence()).not.toContain('planted')
  })

  it('names a certificate that cannot be read', async () => {
    const tls = { cert: 'no.pem', key: 'no.key' }
    const error = await refusal({ system: 'shop', sources: { otlp: { http: '127.0.0.1:0', grpc: false, tls } } })
    expect(error?.sentence()).toContain('/x/no.pem: This certificate or key cannot be read.')
  })

  it('starts nothing when it was stopped before', async () => {
    const error = await refusal(
      { system: 'sandbox', sources: {} },
      {},
      AbortSignal.abort(new Error('stopped by a signal')),
    )
    expect(error?.message).toContain('stopped by a signal')
  })
})
