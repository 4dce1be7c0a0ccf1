import { access, chmod, constants, mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { WaybillError } from '../shared/errors.ts'
import { reachableByServiceUser, serviceUser } from './service-user.ts'

/** Where Waybill keeps things on this machine. */
export interface Home {
  /** Programs it got or unpacked: may be deleted at any time, comes back by itself. */
  readonly cache: string
  /** Folders of running instances; emptied when they end. */
  readonly runs: string
  /** What must last: the data of the shared PostgreSQL. */
  readonly data: string
}

/**
 * Finds and creates the folders: `WAYBILL_CACHE`, else `XDG_CACHE_HOME/waybill`, else `~/.cache/waybill`, else `.waybill/cache` of the
 * project. When we are root and the home folder is closed to others, `/var/cache/waybill`, because the servers run as another user.
 */
export async function findHome(env: NodeJS.ProcessEnv = process.env): Promise<Home> {
  for (const cache of candidates(env)) {
    if (!(await usable(cache))) continue
    const home = { cache, runs: path.join(cache, 'runs'), data: path.join(cache, 'data') }
    for (const folder of [home.runs, home.data]) await makePassable(folder)
    return home
  }
  throw new WaybillError({
    code: 'part-missing',
    message: `No folder for programs and data could be created (tried ${candidates(env).join(', ')}).`,
    hint: 'Set WAYBILL_CACHE to a folder you may write to.',
  })
}

function candidates(env: NodeJS.ProcessEnv): string[] {
  const named = env.WAYBILL_CACHE
  if (named !== undefined && named !== '') return [path.resolve(named)]
  const xdg = env.XDG_CACHE_HOME
  const project = path.join(import.meta.dirname, '..', '..', '.waybill', 'cache')
  return [
    ...(xdg !== undefined && path.isAbsolute(xdg) ? [path.join(xdg, 'waybill')] : []),
    path.join(env.HOME ?? homedir(), '.cache', 'waybill'),
    ...(serviceUser() === undefined ? [] : ['/var/cache/waybill']),
    project,
  ]
}

async function usable(folder: string): Promise<boolean> {
  try {
    if (!(await reachableByServiceUser(path.dirname(folder)))) return false
    await makePassable(folder)
    await access(folder, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Others may walk through but not list. Set again after creating, because a strict umask would take it away. */
async function makePassable(folder: string): Promise<void> {
  const created = await mkdir(folder, { recursive: true, mode: 0o711 })
  if (created !== undefined) await chmod(folder, 0o711)
}
