import { chown, stat } from 'node:fs/promises'
import path from 'node:path'

/** The unprivileged user servers run as when we are root: PostgreSQL refuses root, and the broker needs none of it. */
export interface ServiceUser {
  readonly uid: number
  readonly gid: number
}

const NOBODY: ServiceUser = { uid: 65_534, gid: 65_534 }

/** Who started servers run as: nobody when we are root, otherwise ourselves (`undefined`). */
export function serviceUser(): ServiceUser | undefined {
  return process.getuid?.() === 0 ? NOBODY : undefined
}

/** Gives a file or folder to the service user; does nothing when that is ourselves. */
export async function giveToServiceUser(file: string): Promise<void> {
  const user = serviceUser()
  if (user !== undefined) await chown(file, user.uid, user.gid)
}

/** Whether the service user can walk into every folder down to `folder`. */
export async function reachableByServiceUser(folder: string): Promise<boolean> {
  if (serviceUser() === undefined) return true
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const found = await stat(at).catch(() => undefined)
    if (found !== undefined && (found.mode & 0o001) === 0) return false
    if (at === path.dirname(at)) return true
  }
}
