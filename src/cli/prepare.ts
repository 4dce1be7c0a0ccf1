import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { readEnvironment } from '../config/environment.ts'
import { loadConfig, loadContract } from '../config/load.ts'
import { resolveSettings } from '../config/resolve.ts'
import type { Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'
import type { CommonFlags } from './flags.ts'
import { checkReportFiles } from './results.ts'

const DEFAULT_CONFIG = 'probes/waybill.config.ts'

export interface Prepared {
  readonly settings: Settings
  readonly contract: Contract
}

/** For a command that can do without: null where none was named and none lies in the usual place. */
export async function prepareIfGiven(flags: CommonFlags & { readonly speed?: string }): Promise<Prepared | null> {
  const named = flags.config ?? flags.contract ?? readEnvironment().configFile
  return named === undefined && !existsSync(resolve(DEFAULT_CONFIG)) ? null : prepare(flags)
}

/** Reads configuration and contract and weighs flags and environment over them. */
export async function prepare(flags: CommonFlags & { readonly speed?: string }): Promise<Prepared> {
  await checkReportFiles(flags.report)
  const environment = readEnvironment()
  const loaded = await loadConfig(resolve(flags.config ?? environment.configFile ?? DEFAULT_CONFIG))
  const settings = resolveSettings(
    {
      ...(flags.logLevel === undefined ? {} : { logLevel: flags.logLevel }),
      ...(flags.speed === undefined ? {} : { speed: flags.speed }),
      ...(flags.color ? {} : { color: false }),
    },
    environment,
    loaded,
  )
  const contract = await loadContract(loaded, flags.contract ?? environment.contractFile, settings.speed)
  return { settings, contract }
}
