import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { type ProbeOutcome, type ProbeRun, runProbe } from '../../src/probe/run-probe.ts'
import { createStand, type Stand, type StandOptions } from './stand.ts'

const STORIES = join(import.meta.dirname, 'stories')

export interface Play {
  open(options?: StandOptions): Promise<Stand>
  story(name: string, stand: Stand, more?: Partial<ProbeRun>): Promise<ProbeOutcome>
  /** The folder of the last run. */
  readonly outputDir: string
}

/** Plays the stories of `stories/` as real Playwright runs in a folder that goes away with the test file. */
export function usePlay(): Play {
  let folder = ''
  let runs = 0
  const stands: Stand[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'probe-test-'))
  })
  afterEach(async () => {
    for (const stand of stands.splice(0)) await stand.close()
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  return {
    open: async (options) => {
      const stand = await createStand(options)
      stands.push(stand)
      return stand
    },
    story: (name, stand, more) => {
      runs += 1
      return runProbe({
        file: join(STORIES, `${name}.probe.ts`),
        config: join(STORIES, 'playwright.config.ts'),
        settings: stand.settings,
        outputDir: join(folder, `run-${runs}`),
        cacheDir: join(folder, 'cache'),
        ...more,
      })
    },
    get outputDir() {
      return join(folder, `run-${runs}`)
    },
  }
}
