import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { findHome } from '../../src/embedded/home.ts'
import { SANDBOX_PROGRAM } from '../../src/sandbox/launch.ts'
import { eventually } from './support/eventually.ts'
import { descendants, processes } from './support/processes.ts'

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

test('stopped while it starts, it ends soon and leaves no process and no folder behind', async () => {
  const child = spawn(process.execPath, [SANDBOX_PROGRAM], { stdio: ['ignore', 'ignore', 'pipe'] })
  const exited = once(child, 'exit')
  for await (const text of child.stderr.setEncoding('utf8')) if (String(text).includes('Starting')) break
  const { runs } = await findHome(process.env)
  const mine = async () => (await readdir(runs)).filter((name) => name.startsWith(`sandbox-${child.pid}-`))
  expect(await mine()).toHaveLength(1)
  const started = await eventually('the first part', async () => {
    const all = await descendants(child.pid ?? 0)
    return all.length > 1 ? all : undefined
  })
  child.kill('SIGTERM')
  const [code]: unknown[] = await exited
  expect(code).toBe(143)
  const alive = new Set((await processes()).map(({ pid }) => pid))
  expect(started.filter(({ pid }) => alive.has(pid))).toEqual([])
  expect(await mine()).toEqual([])
})
