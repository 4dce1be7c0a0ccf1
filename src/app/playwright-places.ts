import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findHome } from '../embedded/home.ts'
import type { ProbeFile } from '../probe/probe-files.ts'

const CONFIG = 'playwright.config.ts'

/**
 * Where Playwright finds its configuration (beside the probe, or one folder up; else Waybill's own) and keeps what it
 * compiled for the next run.
 */
export async function playwrightPlaces({
  file,
}: ProbeFile): Promise<{ readonly config?: string; readonly cacheDir: string }> {
  const cacheDir = join((await findHome()).cache, 'probe-cache')
  const config = [dirname(file), dirname(dirname(file))]
    .map((folder) => join(folder, CONFIG))
    .find((path) => existsSync(path))
  return config === undefined ? { cacheDir } : { cacheDir, config }
}
