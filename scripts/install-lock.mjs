import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const LOOK_AGAIN_MS = 200
/** Between making the file and writing the pid into it lie microseconds; after this its maker must have died there. */
const EMPTY_LIMIT_MS = 5_000

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

/** True when whoever holds the lock file is dead; false when alive, or when the file has just gone. */
function isAbandoned(file) {
  try {
    const owner = Number.parseInt(readFileSync(file, 'utf8'), 10)
    return Number.isNaN(owner) ? Date.now() - statSync(file).mtimeMs > EMPTY_LIMIT_MS : !isAlive(owner)
  } catch {
    return false
  }
}

/** Takes away a dead owner's lock. Of several that try, the rename lets one win; a living owner's, moved by mistake, goes back. */
function clearAbandoned(file) {
  const aside = `${file}.${process.pid}`
  try {
    renameSync(file, aside)
    if (isAbandoned(aside)) rmSync(aside)
    else renameSync(aside, file)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
}

/** Waits until no other living process installs into this checkout; gives back how to let the next one in. */
export async function takeInstallLock(folder, onWait) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'install.lock')
  for (let waited = false; ; ) {
    try {
      writeFileSync(file, `${process.pid}\n`, { flag: 'wx' })
      const release = () => rmSync(file, { force: true })
      process.once('exit', release)
      return release
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isAbandoned(file)) {
      clearAbandoned(file)
      continue
    }
    if (!waited) onWait()
    waited = true
    await delay(LOOK_AGAIN_MS)
  }
}
