import { defineConfig } from 'vitest/config'

/** Every fault of the sandbox and every trouble of a witness, each on real parts: minutes more than a change should wait for. CI runs them too. */
const PARTS = [
  'test/sandbox/faults/{placing,selling,manufacturing,messaging,observing,invented}.test.ts',
  'test/trouble/**/*.test.ts',
]

/** Tests start real brokers, databases and browsers; two files at a time is what two cores carry. */
export default defineConfig({
  test: {
    include: process.env.WAYBILL_TESTS === 'parts' ? PARTS : ['test/**/*.test.ts'],
    exclude: process.env.WAYBILL_TESTS === 'parts' ? [] : PARTS,
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 90_000,
    teardownTimeout: 30_000,
    globalSetup: ['test/leaks.ts'],
    reporters: process.env.CI === undefined ? ['default'] : [['default', { summary: false }]],
  },
})
