import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { SANDBOX_PROGRAM } from '../../src/sandbox/launch.ts'

test.each([
  { args: ['--speed', 'warp'], says: 'fast or realistic' },
  { args: ['--fault', 'nonsense'], says: 'price-throws' },
  { args: ['--otlp', 'here'], says: 'http://host:port' },
  { args: ['--unknown'], says: 'Known flags' },
])('a wrong command line ($args) is one sentence and exit code 2', ({ args, says }) => {
  const { status, stderr } = spawnSync(process.execPath, [SANDBOX_PROGRAM, ...args], { encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toContain(says)
  expect(stderr.trimEnd().split('\n')).toHaveLength(1)
})
