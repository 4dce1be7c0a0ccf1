import { join } from 'node:path'
import { type RunRequest, type RunResult, runOnce } from '../src/app/run.ts'
import { type App, startApp } from '../src/app/start.ts'
import { type Prepared, prepare } from '../src/cli/prepare.ts'
import type { Progress } from '../src/cli/progress.ts'
import { listProbes, type ProbeFile } from '../src/probe/probe-files.ts'
import { WaybillError } from '../src/shared/errors.ts'

const ROOT = join(import.meta.dirname, '..')

/** The repository's own configuration and contract, at the pace the contract is to have. */
export async function prepareBench(contractPace: 'fast' | 'realistic'): Promise<Prepared> {
  const config = join(ROOT, 'probes', 'waybill.config.ts')
  const { settings, contract } = await prepare({ config, speed: contractPace, report: [], color: false })
  return { settings: { ...settings, speed: 'fast', system: 'sandbox', targets: {} }, contract }
}

/** The order system and the monitor together, as `run` starts them. */
export interface Session {
  readonly app: App
  run(probe: string, request: Omit<RunRequest, 'probe' | 'signal'>): Promise<RunResult>
}

/** Starts both; the caller stops `app`. */
export async function startSession(prepared: Prepared, progress: Progress, signal: AbortSignal): Promise<Session> {
  const { settings, contract } = prepared
  const probes = await listProbes(settings.probesFolder)
  const app = await startApp({
    settings,
    contract,
    onProgress: progress.say,
    onTrouble: (error) => progress.say(error.sentence()),
    signal,
  })
  return {
    app,
    run: (name, request) => runOnce(app, { ...request, probe: probeNamed(probes, name), signal }),
  }
}

function probeNamed(probes: readonly ProbeFile[], name: string): ProbeFile {
  const found = probes.find((probe) => probe.name === name)
  if (found !== undefined) return found
  throw new WaybillError({ code: 'bad-configuration', message: `The bench needs the probe ${name}.` })
}
