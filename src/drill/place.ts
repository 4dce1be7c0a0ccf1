import { readFile } from 'node:fs/promises'
import { arch, cpus, release, totalmem, type } from 'node:os'
import type { DrillPlace } from '../report/drill-page.ts'

/** This machine, now. */
export async function readPlace(waybill: string, command: string): Promise<DrillPlace> {
  const told = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const name = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(told)?.[1]
  return {
    date: new Date(),
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() || arch(),
    memoryGib: Math.round(totalmem() / 2 ** 30),
    system: name ?? `${type()} ${release()}`,
    node: process.versions.node,
    waybill,
    command,
  }
}
