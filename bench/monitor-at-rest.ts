import { startApp } from '../src/app/start.ts'
import { catchSignals } from '../src/cli/signals.ts'
import { Secret } from '../src/shared/secret.ts'
import { delay } from '../src/shared/wait.ts'
import type { RestMessage } from './memory.ts'
import { prepareBench } from './session.ts'

const REST_MS = 3000

/** Told by Node itself under `--expose-gc`. */
const collectGarbage = (): void => {
  globalThis.gc?.()
  globalThis.gc?.()
}

/** A process that is nothing but the monitor, watching systems of which it knows the addresses; tells how much memory it holds. */
async function restAndTell(signal: AbortSignal): Promise<void> {
  const { settings, contract } = await prepareBench('fast')
  const elsewhere = Object.keys(settings.statusApi?.systems ?? {}).map((system) => [system, 'http://127.0.0.1:9'])
  const { postgres, storage } = settings
  const rows = Object.values(contract.rows ?? {}).map(({ database }) => [
    database,
    new Secret('postgres://127.0.0.1:9/x'),
  ])
  const app = await startApp({
    settings: {
      ...settings,
      system: 'elsewhere',
      targets: Object.fromEntries(elsewhere),
      postgres: postgres === null ? null : { ...postgres, databases: Object.fromEntries(rows) },
      storage: storage === null ? null : { ...storage, endpoint: 'http://127.0.0.1:9' },
    },
    contract,
    onProgress: () => {},
    onTrouble: () => {},
    signal,
  })
  try {
    const startedBytes = process.memoryUsage.rss()
    collectGarbage()
    await delay(REST_MS, signal)
    collectGarbage()
    const message: RestMessage = { startedBytes, restingBytes: process.memoryUsage.rss() }
    process.send?.(message)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
  } finally {
    await app.stop()
  }
}

const { signal } = catchSignals()
await restAndTell(signal).catch((error: unknown) => {
  if (!signal.aborted) throw error
})
process.exit()
