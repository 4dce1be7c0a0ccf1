import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { WaybillError } from '../shared/errors.ts'
import { within } from '../shared/wait.ts'
import { probeSettingsSchema } from './control-protocol.ts'
import { handDownProbeSettings } from './settings.ts'

const START_LIMIT_MS = 120_000
const STOP_LIMIT_MS = 15_000

/**
 * Playwright's global setup for `npx playwright test`: starts the monitor (and what it watches) as a child, hands its
 * settings to the workers, and returns how to stop it. The child ends by itself when this process is gone.
 */
export default async function startMonitor(): Promise<() => Promise<void>> {
  const cli = join(import.meta.dirname, '..', 'cli', 'main.ts')
  const child = spawn(process.execPath, [cli, 'serve-probes'], { stdio: ['pipe', 'pipe', 'inherit'] })
  try {
    const settings = await within(START_LIMIT_MS, 'Starting the monitor for the probes', readSettings(child))
    handDownProbeSettings({ ...settings, awaitVerdict: true })
    return () => stopMonitor(child)
  } catch (error) {
    await stopMonitor(child)
    throw error
  }
}

async function readSettings(child: ChildProcess & { stdout: NodeJS.ReadableStream }) {
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue
    // What comes later must be read as well, or the pipe fills.
    child.stdout.resume()
    return probeSettingsSchema.parse(JSON.parse(line))
  }
  throw new WaybillError({
    code: 'part-failed',
    message: 'The monitor for the probes ended before it was ready.',
    hint: 'Read what it said above.',
  })
}

async function stopMonitor(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.stdin?.end()
  try {
    await within(STOP_LIMIT_MS, 'Stopping the monitor of the probes', gone)
  } catch {
    child.kill('SIGKILL')
    await gone
  }
}
