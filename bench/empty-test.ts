import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from '../src/embedded/browser.ts'
import { findHome } from '../src/embedded/home.ts'
import { createRunFolder } from '../src/embedded/run-folder.ts'
import { probeSettingsSchema } from '../src/probe/control-protocol.ts'
import { runProbe } from '../src/probe/run-probe.ts'
import { WaybillError } from '../src/shared/errors.ts'

const CONFIG = fileURLToPath(new URL('./floor/playwright.config.ts', import.meta.url))
const EMPTY = fileURLToPath(new URL('./floor/empty.spec.ts', import.meta.url))
const EMPTY_PAGE = fileURLToPath(new URL('./floor/empty-page.spec.ts', import.meta.url))

/** Milliseconds from the fork of a bare `playwright test`, forked as a probe is, to the end of its test, which does nothing or opens an empty page. */
export async function timeEmptyTest(browser: Browser | null, signal: AbortSignal): Promise<number> {
  const folder = await createRunFolder('bench')
  const cacheDir = join((await findHome()).cache, 'probe-cache')
  const began = performance.now()
  let ended: number | null = null
  try {
    const { detail } = await runProbe({
      file: browser === null ? EMPTY : EMPTY_PAGE,
      settings: probeSettingsSchema.parse({
        control: { url: 'http://127.0.0.1', token: 'none' },
        run: 'none',
        targets: {},
        otlp: null,
        browser: browser === null ? null : { executablePath: browser.executablePath },
      }),
      outputDir: folder.path,
      config: CONFIG,
      cacheDir,
      signal,
      onEvent: (event) => {
        if (event.type === 'end' && event.error === null) ended = performance.now()
      },
    })
    signal.throwIfAborted()
    if (ended === null) {
      throw new WaybillError({ code: 'probe-broken', message: `The empty test failed: ${detail}.`, place: CONFIG })
    }
    return ended - began
  } finally {
    await folder.release()
  }
}
