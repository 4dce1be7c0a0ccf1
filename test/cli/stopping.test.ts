import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sandboxMessage } from '../../src/sandbox/launch.ts'
import { leftBehind, processesMarked } from './left-behind.ts'
import { startWaybill } from './waybill.ts'

const LIMIT_MS = 90_000
const GONE_MS = 20_000

const marked = () => {
  const mark = `WAYBILL_TEST_MARK=${randomUUID()}`
  const [name = '', value] = mark.split('=')
  return { mark, env: { [name]: value } }
}

describe('a run', () => {
  const moments: readonly (readonly [string, string, NodeJS.Signals, number])[] = [
    ['while the parts start', 'Starting PostgreSQL', 'SIGINT', 130],
    ['while the order travels', 'SUBMITTED reached', 'SIGTERM', 143],
  ]
  it.each(moments)(
    'stopped %s ends cleanly and leaves nothing running',
    { timeout: LIMIT_MS },
    async (_title, moment, signal, code) => {
      const { mark, env } = marked()
      const run = startWaybill(['run', 'shop-api'], env)
      await run.says(moment)
      expect(processesMarked(mark).length).toBeGreaterThan(1)
      run.child.kill(signal)
      const ended = await run.ended
      expect(ended.code).toBe(code)
      expect(ended.stdout).toBe('')
      expect(await leftBehind(mark, GONE_MS)).toEqual([])
    },
  )

  it('killed in mid-order leaves nothing running', { timeout: LIMIT_MS }, async () => {
    const { mark, env } = marked()
    const run = startWaybill(['run', 'shop-api'], env)
    await run.says('INITIATED reached')
    run.child.kill('SIGKILL')
    await run.ended
    expect(await leftBehind(mark, GONE_MS)).toEqual([])
  })
})

describe('the sandbox in the foreground', () => {
  it('says where it listens, and a signal is its normal end', { timeout: LIMIT_MS }, async () => {
    const { mark, env } = marked()
    const sandbox = startWaybill(['sandbox', '--json', '--fault', 'price-throws'], env)
    const ready = sandboxMessage.parse(JSON.parse(await sandbox.prints()))
    if (ready.type !== 'ready') throw new Error('the sandbox is not ready')
    const { url, token } = ready.control
    const faults = await fetch(new URL('/faults', url), { headers: { authorization: `Bearer ${token}` } })
    expect(await faults.text()).toContain('price-throws')
    sandbox.child.kill('SIGINT')
    expect((await sandbox.ended).code).toBe(0)
    expect(await leftBehind(mark, GONE_MS)).toEqual([])
  })
})

describe('a second signal', () => {
  it('ends the command at once, and what it started ends by itself', { timeout: LIMIT_MS }, async () => {
    const { mark, env } = marked()
    const run = startWaybill(['run', 'shop-api'], env)
    await run.says('Starting PostgreSQL')
    run.child.kill('SIGINT')
    await run.says('Stopping')
    run.child.kill('SIGINT')
    expect((await run.ended).code).toBe(130)
    expect(await leftBehind(mark, GONE_MS)).toEqual([])
  })
})
