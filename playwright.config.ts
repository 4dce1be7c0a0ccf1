import { join } from 'node:path'
import { defineConfig } from 'playwright/test'
import { PROBE_SETTINGS_VARIABLE } from './src/probe/names.ts'

/** Without a monitor that started us, `npx playwright test` brings one up by itself, and the order system with it. */
const standalone = process.env[PROBE_SETTINGS_VARIABLE] === undefined

export default defineConfig({
  testDir: 'probes',
  testMatch: '*.probe.ts',
  // Node runs our own TypeScript as it is; Playwright's transformation would delay every order.
  build: { external: [join(import.meta.dirname, 'src', '**')] },
  outputDir: '.waybill/playwright',
  // One order at a time, and no order twice.
  workers: 1,
  retries: 0,
  // The contract's deadlines end a wait, not a clock of the test runner.
  timeout: 0,
  use: {
    actionTimeout: 10_000,
    navigationTimeout: 15_000,
    screenshot: 'only-on-failure',
    serviceWorkers: 'block',
  },
  ...(standalone ? { globalSetup: './src/probe/standalone-setup.ts' } : {}),
})
