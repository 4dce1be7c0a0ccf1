import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { exists } from './provision.ts'

/** An unpacked or installed RabbitMQ server. */
export interface RabbitInstall {
  /** Folder with `rabbitmq-server` and `rabbitmq-env`; the plugins lie beside it in `../plugins`. */
  readonly sbin: string
  /** Folders with `erl` and `epmd`, in front of the usual PATH; empty when they are on it. */
  readonly erlangPath: readonly string[]
  /** Folders with shared libraries the machine itself lacks. */
  readonly libraryPath: readonly string[]
  readonly from: 'installed' | 'debian-packages'
}

/** Where packages and archives put the server's own scripts; `/usr/sbin` holds wrappers that change the user and do not serve us. */
const INSTALLED = [
  '/usr/lib/rabbitmq/lib',
  '/opt/rabbitmq/sbin',
  '/usr/local/opt/rabbitmq/sbin',
  '/opt/homebrew/opt/rabbitmq/sbin',
]

/** The server installed on this machine, if there is one. */
export async function findInstalledRabbitmq(): Promise<RabbitInstall | undefined> {
  for (const place of INSTALLED) {
    const sbin = await findSbin(place)
    if (sbin !== undefined) return { sbin, erlangPath: [], libraryPath: [], from: 'installed' }
  }
  return undefined
}

/** `place` itself, or the newest `rabbitmq_server-<version>/sbin` below it. */
export async function findSbin(place: string): Promise<string | undefined> {
  if (await exists(path.join(place, 'rabbitmq-server'))) return place
  const versions = (await readdir(place).catch(() => [])).filter((name) => name.startsWith('rabbitmq_server-'))
  const newest = versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1)
  if (newest === undefined) return undefined
  const sbin = path.join(place, newest, 'sbin')
  return (await exists(path.join(sbin, 'rabbitmq-server'))) ? sbin : undefined
}
