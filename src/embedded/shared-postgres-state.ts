import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { isAlive } from './alive.ts'

/** What the pid file of a server tells. */
export type ServerState =
  | { readonly status: 'absent' }
  | { readonly status: 'changing'; readonly pid: number }
  | { readonly status: 'ready'; readonly pid: number; readonly port: number }

/** The cluster of the shared server in `folder`. */
export const dataOf = (folder: string): string => path.join(folder, 'data')

/** The file with the superuser's password. */
export const passwordOf = (folder: string): string => path.join(folder, 'superuser')

/**
 * Reads `postmaster.pid`. One left by a server that was killed counts as absent; PostgreSQL clears it at the next start, except when
 * its process id meanwhile belongs to another program, so that case is cleared here.
 */
export async function readServerState(folder: string): Promise<ServerState> {
  const file = path.join(dataOf(folder), 'postmaster.pid')
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text === '') return { status: 'absent' }
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!isAlive(pid)) return { status: 'absent' }
  if (await isOtherProgram(pid)) {
    await rm(file, { force: true })
    return { status: 'absent' }
  }
  const port = Number(lines[3])
  return lines[7]?.trim() === 'ready' && port > 0 ? { status: 'ready', pid, port } : { status: 'changing', pid }
}

/** Only where the system tells: without /proc a living process is taken for the server. A zombie runs no program any more. */
async function isOtherProgram(pid: number): Promise<boolean> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (text === undefined) return false
  const [, name, state] = /^\d+ \((.*)\) (\S)/.exec(text) ?? []
  return name !== 'postgres' || state === 'Z'
}
