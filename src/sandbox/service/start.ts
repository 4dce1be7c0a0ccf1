import { asWaybillError } from '../../shared/errors.ts'
import { createReleaseStack, type ReleaseStack } from '../../shared/release.ts'
import { type ControlPort, openControlPort } from '../faults/control-port.ts'
import { createSwitchboard, type Switchboard } from '../faults/switchboard.ts'
import { flushTelemetry } from '../telemetry/instrument.ts'
import { arrangeTelemetry } from '../telemetry/switched.ts'
import { leaveUntraced } from '../telemetry/untraced.ts'
import { createLog, type Log } from './log.ts'
import { readSettings, type ServiceSettings, wholeEnvironment } from './settings.ts'

/** What a service is given to build itself from. */
export interface ServiceFrame {
  readonly settings: ServiceSettings
  readonly log: Log
  readonly switches: Switchboard
  /** Filled on the way up, drained last-in-first-out on SIGTERM. */
  readonly release: ReleaseStack
}

/** Builds a service and answers with the port it listens on. */
export type BuildService = (frame: ServiceFrame) => Promise<{ readonly port: number }>

const STOP_LIMIT_MS = 4_000

/** Runs one service until SIGTERM or SIGINT: says on standard output when it is ready, finishes its work and sends its last spans when told to stop. */
export async function runService(build: BuildService): Promise<void> {
  const settings = readSettings(await wholeEnvironment())
  const log = createLog(settings.service)
  const release = createReleaseStack(STOP_LIMIT_MS)
  const switches = createSwitchboard()
  arrangeTelemetry(switches)

  const end = async (code: number) => {
    try {
      await release.drain()
    } catch (error) {
      log.error({ err: error }, 'did not stop cleanly')
    }
    process.exit(code)
  }
  process.once('SIGTERM', () => void end(0))
  process.once('SIGINT', () => void end(0))

  release.push('telemetry', flushTelemetry)
  try {
    const control: ControlPort | undefined =
      settings.controlToken === undefined
        ? undefined
        : await openControlPort({ port: settings.controlPort, token: settings.controlToken }, switches)
    if (control !== undefined) {
      leaveUntraced(control.port)
      release.push('control port', control.close)
    }
    const { port } = await build({ settings, log, switches, release })
    log.info({ port }, 'ready')
    process.stdout.write(`${JSON.stringify({ type: 'ready', port, controlPort: control?.port ?? null })}\n`)
  } catch (error) {
    log.fatal({ err: error }, asWaybillError(error).sentence())
    await end(1)
  }
}
