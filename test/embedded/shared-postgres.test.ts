import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { acquireSharedPostgres } from '../../src/embedded/shared-postgres.ts'
import { readServerState } from '../../src/embedded/shared-postgres-state.ts'
import { type Starter, startElsewhere } from './starter.ts'
import { runs, waitUntil } from './wait-until.ts'

let home: string
let folder: string

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'waybill-shared-'))
  await chmod(home, 0o711)
  folder = path.join(home, 'postgresql-18')
})

afterEach(() => waitUntil('the end of the server', async () => (await readServerState(folder)).status === 'absent'))

afterAll(() => rm(home, { recursive: true, force: true }))

const elsewhere = (): Promise<Starter<{ url: string }>> => startElsewhere('shared', { home })

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

const serverPid = async (): Promise<number> => {
  const state = await readServerState(folder)
  return state.status === 'absent' ? 0 : state.pid
}

describe('the shared PostgreSQL', () => {
  it('is one server for all, keeps what it was told, and goes with the last to leave', async () => {
    const [first, second, third] = await Promise.all([acquireSharedPostgres({ home }), elsewhere(), elsewhere()])
    expect(new Set([first.url, second.said.url, third.said.url]).size).toBe(1)
    await ask(first.url, 'CREATE TABLE kept AS SELECT 42 AS answer')
    await Promise.all([first.release(), first.release()])
    await second.leave()
    expect(await ask(third.said.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    await third.leave()
    expect(await serverPid()).toBe(0)

    const later = await acquireSharedPostgres({ home })
    expect(await ask(later.url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }])
    await later.release()
  })

  it('goes on for the others when its starter is killed', async () => {
    const starter = await elsewhere()
    const pid = await serverPid()
    const other = await acquireSharedPostgres({ home })
    await starter.kill()
    expect(await ask(other.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    const third = await elsewhere()
    expect(await serverPid()).toBe(pid)
    await third.leave()
    await other.release()
  })

  it('is stopped, and not left behind, when its last user is killed', async () => {
    const only = await elsewhere()
    const pid = await serverPid()
    await only.kill()
    await waitUntil('the end of the server', async () => !(await runs(pid)))
  })

  it('comes up again after it was killed itself', async () => {
    const user = await acquireSharedPostgres({ home })
    process.kill(await serverPid(), 'SIGKILL')
    await waitUntil('the end of the server', async () => (await serverPid()) === 0)
    await user.release()
    const next = await acquireSharedPostgres({ home })
    expect(await ask(next.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await next.release()
  })

  it('is not fooled by a pid file whose number another program has now', async () => {
    const stale = `${process.pid}\n${folder}/data\n1700000000\n5432\n\n127.0.0.1\n\nready   \n`
    await writeFile(path.join(folder, 'data', 'postmaster.pid'), stale)
    const user = await acquireSharedPostgres({ home })
    expect(await ask(user.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await user.release()
  })

  it('says what it could not do, with the words of its log, when its data are damaged', async () => {
    const control = path.join(folder, 'data', 'global', 'pg_control')
    const good = await readFile(control)
    await writeFile(control, 'damaged')
    await expect(acquireSharedPostgres({ home })).rejects.toMatchObject({
      code: 'store-unavailable',
      message: expect.stringContaining('pg_control'),
    })
    await writeFile(control, good)
  })

  it('leaves nothing but its own folder', async () => {
    expect(await readdir(home)).toEqual(['postgresql-18'])
  })
})
