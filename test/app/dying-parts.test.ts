import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Watched } from '../../src/app/follow/watched.ts'
import { runOnce } from '../../src/app/run.ts'
import { type App, startApp } from '../../src/app/start.ts'
import { readEnvironment } from '../../src/config/environment.ts'
import { loadConfig, loadContract } from '../../src/config/load.ts'
import { resolveSettings } from '../../src/config/resolve.ts'
import { type Postgres, startPostgres } from '../../src/embedded/postgres.ts'
import { createRunFolder, type RunFolder } from '../../src/embedded/run-folder.ts'
import type { WaybillError } from '../../src/shared/errors.ts'
import { descendants } from '../sandbox/support/processes.ts'

const LIMIT_MS = 120_000
const troubles: WaybillError[] = []
const { signal } = new AbortController()
let folder: RunFolder
let store: Postgres
let app: App

beforeAll(async () => {
  folder = await createRunFolder('test')
  store = await startPostgres({ folder: folder.path })
  const loaded = await loadConfig('probes/waybill.config.ts')
  app = await startApp({
    settings: resolveSettings({}, readEnvironment({ DATABASE_URL: store.url('postgres') }), loaded),
    contract: await loadContract(loaded, undefined, 'fast'),
    onProgress: () => {},
    onTrouble: (error) => troubles.push(error),
    signal,
  })
}, LIMIT_MS)

afterAll(async () => {
  await app.stop().catch(() => {})
  await store.stop()
  await folder.release()
})

const play = async (onOrder: (watched: Watched) => Promise<void> | void) => {
  const probe = { name: 'shop-api', file: join(process.cwd(), 'probes/shop-api.probe.ts') }
  const { documents } = await runOnce(app, { probe, browser: null, until: null, signal, onOrder })
  return documents[0]
}

it('a file storage that is killed under way breaks the order at its door, and Waybill says so', {
  timeout: LIMIT_MS,
}, async () => {
  const document = await play(async () => {
    const storage = (await descendants(process.pid)).find(({ command }) => command.includes('sandbox/storage/main.ts'))
    if (storage === undefined) throw new Error('there is no storage process')
    process.kill(storage.pid, 'SIGKILL')
  })
  expect(document).toMatchObject({ verdict: 'broken', findings: [{ code: 'upload-failed', handoff: 'H2' }] })
})

it('a store that is killed under way costs no verdict: it is shown, and the loss is told in a sentence', {
  timeout: LIMIT_MS,
}, async () => {
  const document = await play(async (watched) => {
    watched.onChange(() => void store.stop())
  })
  expect(document?.verdict).toBe('broken')
  expect(troubles.map(({ code }) => code)).toContain('store-unavailable')
})
