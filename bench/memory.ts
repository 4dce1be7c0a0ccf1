import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { childEnvironment } from '../src/config/environment.ts'
import { describeExit, spawnGuarded } from '../src/embedded/child.ts'
import { findHome } from '../src/embedded/home.ts'
import { WaybillError } from '../src/shared/errors.ts'
import { within } from '../src/shared/wait.ts'
import type { Bench, Measurement } from './bench.ts'

const MONITOR = fileURLToPath(new URL('./monitor-at-rest.ts', import.meta.url))
/** Commands keep compiled code between starts, which weighs less than stripping the types anew. */
const asCommandsStart = async () => ({
  ...childEnvironment(),
  NODE_COMPILE_CACHE: path.join((await findHome()).cache, 'compiled'),
})

const START_LIMIT_MS = 60_000

const restMessage = z.object({ startedBytes: z.number(), restingBytes: z.number() })
export type RestMessage = z.infer<typeof restMessage>

const BARE = `gc(); gc(); process.send({ startedBytes: 0, restingBytes: process.memoryUsage.rss() }); setInterval(() => {}, 60_000)`

/** Resident memory of the monitor's own process while nothing happens, the order system and the database being others. */
export const memoryAtRest: Measurement = {
  name: 'memory',
  what: 'memory of the monitor at rest',
  measure: async (bench) => {
    const bare = await weigh(bench, ['--eval', BARE])
    // The first start after a change fills the cache of compiled code; every later one is like the second.
    await weigh(bench, [MONITOR])
    const monitor = await weigh(bench, [MONITOR])
    return [
      {
        name: 'memory of the monitor at rest',
        value: megabytes(monitor.restingBytes),
        unit: 'MB',
        target: { atMost: 150 },
        floor: megabytes(bare.restingBytes),
        floorIs: 'a bare `node` process',
        note: `RSS after garbage collection; ${Math.round(megabytes(monitor.startedBytes))} MB right after the start`,
      },
    ]
  },
}

const megabytes = (bytes: number): number => bytes / 1e6

/** Starts a program in a process of its own, waits for what it says of its memory, and stops it. */
async function weigh({ signal }: Bench, program: readonly string[]): Promise<RestMessage> {
  const child = spawnGuarded(process.execPath, ['--expose-gc', ...program], {
    env: await asCommandsStart(),
    ipc: true,
  })
  try {
    const said = new Promise<RestMessage>((resolve, reject) => {
      child.process.once('message', (raw) => resolve(restMessage.parse(raw)))
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      void child.exited.then((exit) => {
        const message = `The process to be weighed ${describeExit(exit)}: ${child.tail().trim()}`
        reject(new WaybillError({ code: 'part-failed', message }))
      })
    })
    return await within(START_LIMIT_MS, 'Starting the monitor', said)
  } finally {
    await child.stop()
  }
}
