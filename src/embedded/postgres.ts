import { randomBytes } from 'node:crypto'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type ChildExit, type GuardedChild, spawnGuarded, untilDone, untilReady } from './child.ts'
import { findHome } from './home.ts'
import { freePorts } from './ports.ts'
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts'
import type { OnProgress } from './provision.ts'
import { giveToServiceUser, serviceUser } from './service-user.ts'

/** A private PostgreSQL of one run. */
export interface Postgres {
  readonly port: number
  readonly pid: number | undefined
  /** Resolves when the server is gone, whether it was stopped or died. */
  readonly exited: Promise<ChildExit>
  /** A connection string; the superuser `waybill` unless another role is named. */
  url(database: string, role?: string, password?: string): string
  /** Ends it; its data goes with the folder. May be called again. */
  stop(): Promise<void>
}

/** How a private server is started. */
export interface StartOptions {
  /** A folder made by `createRunFolder`, or another one the service user can walk into; what the server needs is made below it. */
  readonly folder: string
  readonly signal?: AbortSignal
  readonly onProgress?: OnProgress
  readonly env?: NodeJS.ProcessEnv
}

/** Name of the superuser of every cluster we make. */
export const SUPERUSER = 'waybill'

const START_LIMIT_MS = 60_000
const PORT_ATTEMPTS = 5

/** Data that is thrown away with the run needs no protection against a power cut; a few connections need little memory. */
const THROW_AWAY_SETTINGS: Readonly<Record<string, string>> = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  shared_buffers: '32MB',
  // Several order systems side by side, and whoever watches them.
  max_connections: '300',
}

/** Settings of every cluster: TCP on loopback only, nothing left outside the data folder should it be killed. */
const COMMON_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  dynamic_shared_memory_type: 'mmap',
  io_method: 'sync',
  logging_collector: 'off',
  log_min_messages: 'warning',
  jit: 'off',
}

/** Starts a throw-away PostgreSQL on a free loopback port, with a password of its own. It dies with us. */
export async function startPostgres(options: StartOptions): Promise<Postgres> {
  const env = options.env ?? process.env
  const binaries = await findPostgresBinaries((await findHome(env)).cache, options.onProgress)
  const folder = await mkdtemp(path.join(options.folder, 'postgres-'))
  const password = randomBytes(24).toString('base64url')
  const data = await initCluster(binaries, folder, password, ['--no-sync'])

  for (let attempt = 1; ; attempt++) {
    const [port = 0] = await freePorts(1)
    const server = spawnGuarded(binaries.postgres, postgresArgs(data, { ...THROW_AWAY_SETTINGS, port: String(port) }), {
      ...serviceUser(),
      cwd: folder,
      env: postgresEnv(),
      stopSignal: 'SIGQUIT',
    })
    try {
      await untilReady(server, 'PostgreSQL', () => isReady(data), { limitMs: START_LIMIT_MS, signal: options.signal })
      return describe(server, port, password)
    } catch (error) {
      await server.stop()
      if (attempt === PORT_ATTEMPTS || !server.tail().includes('Address already in use')) throw error
    }
  }
}

function describe(server: GuardedChild, port: number, superuserPassword: string): Postgres {
  return {
    port,
    pid: server.pid,
    exited: server.exited,
    url: (database, role = SUPERUSER, password = superuserPassword) => postgresUrl(port, database, role, password),
    stop: () => server.stop(),
  }
}

/** `postgresql://role:password@127.0.0.1:port/database`, everything escaped. */
export function postgresUrl(port: number, database: string, role: string, password: string): string {
  return `postgresql://${encodeURIComponent(role)}:${encodeURIComponent(password)}@127.0.0.1:${port}/${encodeURIComponent(database)}`
}

/** Command line of the server for a data folder and settings on top of the common ones. */
export function postgresArgs(data: string, settings: Readonly<Record<string, string>>): string[] {
  const all = Object.entries({ ...COMMON_SETTINGS, ...settings })
  return ['-D', data, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Environment of the server and of initdb: none of ours, so that no `PG…` variable of the user leaks in. */
export const postgresEnv = (): NodeJS.ProcessEnv => ({ PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' })

/** Makes an empty cluster in `folder/data` whose only way in is the superuser's password; gives the path of the data. */
export async function initCluster(
  binaries: PostgresBinaries,
  folder: string,
  password: string,
  extraArgs: readonly string[] = [],
): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const data = path.join(folder, 'data')
  const passwordFile = path.join(folder, 'password')
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  await giveToServiceUser(passwordFile)
  await giveToServiceUser(folder)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const args = ['-D', data, '-U', SUPERUSER, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-instructions']
  const initdb = spawnGuarded(binaries.initdb, [...args, ...locale, ...extraArgs], {
    ...serviceUser(),
    cwd: folder,
    env: postgresEnv(),
  })
  try {
    await untilDone(initdb, 'initdb')
  } finally {
    await initdb.stop()
    await rm(passwordFile, { force: true })
  }
  return data
}

/** The server writes its state into the eighth line of its pid file; asking it costs no connection. */
async function isReady(data: string): Promise<boolean> {
  const text = await readFile(path.join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  return text.split('\n')[7]?.trim() === 'ready'
}
