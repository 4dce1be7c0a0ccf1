import { defineConfig } from 'playwright/test'
import type { ProbeSettings } from '../../src/probe/control-protocol.ts'
import { PROBE_SETTINGS_VARIABLE } from '../../src/probe/names.ts'

const settings = JSON.parse(process.env[PROBE_SETTINGS_VARIABLE] ?? '{}') as Partial<ProbeSettings>
const { browser } = settings

export default defineConfig({
  testDir: '.',
  testMatch: '*.spec.ts',
  workers: 1,
  use: browser == null ? {} : { launchOptions: { executablePath: browser.executablePath } },
})
