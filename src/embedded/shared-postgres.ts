import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { WaybillError } from '../shared/errors.ts'
import { delay } from '../shared/wait.ts'
import { findHome } from './home.ts'
import { freePorts } from './ports.ts'
import { initCluster, postgresArgs, postgresEnv, postgresUrl, SUPERUSER } from './postgres.ts'
import { findPostgresBinaries } from './postgres-binaries.ts'
import { type OnProgress, provisionOnce } from './provision.ts'
import { giveToServiceUser, serviceUser } from './service-user.ts'
import { dataOf, passwordOf, readServerState } from './shared-postgres-state.ts'
import { ensureDatabase, joinUsers, stopIfUnused, type Users } from './shared-postgres-users.ts'
import { watchLeaving } from './shared-postgres-watch.ts'

/** Our share in the PostgreSQL all Waybill processes of a user have in common. */
export interface SharedPostgres {
  /** Connection string of the database `waybill`, which exists. */
  readonly url: string
  /** Leaves; the last to leave stops the server. Close connections first. May be called again. */
  release(): Promise<void>
}

const DATABASE = 'waybill'
const MAJOR = 18
const LIMIT_MS = 60_000
const START_ATTEMPTS = 3
const LOG_LIMIT_BYTES = 5_000_000

/** Unlike a run's own server this one keeps what it was told through a power cut. */
const LASTING_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '256MB',
  shared_buffers: '64MB',
}

/**
 * Joins the users of the lasting PostgreSQL in `home` (default: the data folder of this machine): finds the running server through its own pid
 * file, or starts it. The server belongs to no process: it goes on when its starter is killed, and the last user to leave
 * stops it, also when that user leaves by being killed.
 */
export async function acquireSharedPostgres(
  options: {
    readonly home?: string
    readonly onProgress?: OnProgress
    readonly signal?: AbortSignal
    readonly env?: NodeJS.ProcessEnv
  } = {},
): Promise<SharedPostgres> {
  const env = options.env ?? process.env
  const home = options.home ?? (await findHome(env)).data
  const folder = path.join(home, `postgresql-${MAJOR}`)
  const binaries = await findPostgresBinaries((await findHome(env)).cache, options.onProgress)
  await provisionOnce(
    folder,
    async (part) => {
      options.onProgress?.('Creating the database of the monitor; once on this machine.')
      const password = randomBytes(24).toString('base64url')
      await initCluster(binaries, part, password)
      await writeFile(passwordOf(part), password, { mode: 0o600 })
    },
    options.signal,
  )
  const password = await readPassword(folder)
  const { users, port } = await join(folder, binaries.postgres, password, options.signal)
  try {
    await ensureDatabase(users, DATABASE)
  } catch (error) {
    await users.leave()
    throw error
  }
  const watch = watchLeaving(folder)
  let releasing: Promise<void> | undefined
  const release = async () => {
    await stopIfUnused(folder, users)
    await watch.dismiss()
  }
  return {
    url: postgresUrl(port, DATABASE, SUPERUSER, password),
    release: () => (releasing ??= release()),
  }
}

/** Tries in turn to find a running server and to start one, until one of both succeeds. Two who start at once are told apart by PostgreSQL's own pid file. */
async function join(
  folder: string,
  program: string,
  password: string,
  signal?: AbortSignal,
): Promise<{ users: Users; port: number }> {
  const deadline = performance.now() + LIMIT_MS
  let failedStarts = 0
  while (performance.now() < deadline) {
    signal?.throwIfAborted()
    const state = await readServerState(folder)
    if (state.status === 'ready') {
      const users = await joinUsers(state.port, password)
      if (users !== undefined) return { users, port: state.port }
    }
    if (state.status === 'absent') {
      if (failedStarts === START_ATTEMPTS) throw await doesNotStart(folder)
      if (!(await start(folder, program, signal))) failedStarts++
    } else {
      await delay(30, signal)
    }
  }
  throw new WaybillError({
    code: 'store-unavailable',
    message: `The database of the monitor neither came up nor went away within ${LIMIT_MS} ms.`,
    place: folder,
    hint: `Read ${path.join(folder, 'server.log')}, or set DATABASE_URL to a PostgreSQL of your own.`,
  })
}

/** Starts a server nobody is the parent of; true when it, or one another process started meanwhile, is ready. */
async function start(folder: string, program: string, signal?: AbortSignal): Promise<boolean> {
  const [port = 0] = await freePorts(1)
  const log = await openLog(folder)
  const server = spawn(program, postgresArgs(dataOf(folder), { ...LASTING_SETTINGS, port: String(port) }), {
    ...serviceUser(),
    cwd: folder,
    env: postgresEnv(),
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  })
  let ended = false
  server.once('error', () => {
    ended = true
  })
  server.once('exit', () => {
    ended = true
  })
  server.unref()
  await log.close()
  const deadline = performance.now() + LIMIT_MS
  while (!ended && performance.now() < deadline) {
    if ((await readServerState(folder)).status === 'ready') return true
    await delay(20, signal)
  }
  return (await readServerState(folder)).status !== 'absent'
}

async function openLog(folder: string) {
  const file = path.join(folder, 'server.log')
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  )
  if (size > LOG_LIMIT_BYTES) await rm(file, { force: true })
  const log = await open(file, 'a', 0o600)
  await giveToServiceUser(file)
  return log
}

async function readPassword(folder: string): Promise<string> {
  try {
    return await readFile(passwordOf(folder), 'utf8')
  } catch (cause) {
    throw new WaybillError({
      code: 'store-unavailable',
      message: 'The password of the monitor’s database cannot be read.',
      place: passwordOf(folder),
      hint: 'Run as the user who created that folder, set WAYBILL_CACHE to a folder of your own, or set DATABASE_URL.',
      cause,
    })
  }
}

async function doesNotStart(folder: string): Promise<WaybillError> {
  const log = await readFile(path.join(folder, 'server.log'), 'utf8').catch(() => '')
  return new WaybillError({
    code: 'store-unavailable',
    message: `The database of the monitor does not start. Its last words: ${log.trim().split('\n').slice(-5).join(' | ')}`,
    place: folder,
    hint: 'Free disk space or repair the folder (moving it away begins with an empty one), or set DATABASE_URL to a PostgreSQL of your own.',
  })
}
