import { defineConfig } from 'vitest/config'

/** Tests start real brokers, databases and browsers; two files at a time is what two cores carry. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 90_000,
    teardownTimeout: 30_000,
    globalSetup: ['test/leaks.ts'],
    reporters: process.env.CI === undefined ? ['default'] : [['default', { summary: false }]],
  },
})
