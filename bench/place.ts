import { readFile } from 'node:fs/promises'
import { arch, cpus, loadavg, release, totalmem, type } from 'node:os'
import type { Place } from './write-up.ts'

/** The load over the last minute. */
export const loadNow = (): number => loadavg()[0] ?? 0

/** This machine, now; `loadBefore` as it was before the first measurement. */
export async function readPlace(loadBefore: number): Promise<Place> {
  const told = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(told)?.[1]
  return {
    date: new Date(),
    cores: cpus().length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: name ?? `${type()} ${release()}`,
    processor: cpus()[0]?.model.trim() || arch(),
    node: process.versions.node,
    load: [loadBefore, loadNow()],
  }
}
