import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { spawnGuarded, untilDone, untilReady } from '../../src/embedded/child.ts'
import { startElsewhere } from './starter.ts'
import { runs, waitUntil } from './wait-until.ts'

const shell = (script: string, options: Parameters<typeof spawnGuarded>[2] = {}) =>
  spawnGuarded('/bin/sh', ['-c', script], options)

const firstLine = async (script: string, options: Parameters<typeof spawnGuarded>[2] = {}) => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const child = shell(script, { ...options, onLine: resolve })
  return { child, line: await promise }
}

describe('a guarded child', () => {
  it('is the process it was asked for, in a group of its own', async () => {
    const { child, line } = await firstLine('echo $$; sleep 1000')
    expect(Number(line)).toBe(child.pid)
    await child.stop()
    await expect(child.exited).resolves.toMatchObject({ signal: 'SIGTERM' })
  })

  it('gives its exit code, and its lines from both streams, the last without a line end too', async () => {
    const lines: string[] = []
    const child = shell('echo one; echo two >&2; printf three; exit 3', {
      onLine: (line, from) => lines.push(`${from} ${line}`),
    })
    await expect(child.exited).resolves.toEqual({ code: 3, signal: null })
    await child.stop()
    await waitUntil('all lines', () => lines.length === 3)
    expect(lines.sort()).toEqual(['stderr two', 'stdout one', 'stdout three'])
  })

  it('takes with it what it started, whether it is stopped or ends by itself', async () => {
    const stopped = await firstLine('sleep 1000 & echo $!; wait')
    await stopped.child.stop()
    await waitUntil('the end of the grandchild', async () => !(await runs(Number(stopped.line))))
    const ended = await firstLine('sleep 1000 >/dev/null 2>&1 & echo $!; exit 0')
    await ended.child.exited
    await waitUntil('the end of the orphan', async () => !(await runs(Number(ended.line))))
  })

  it('is killed when it does not heed the signal within its grace', async () => {
    const { child } = await firstLine('trap "" TERM; echo ready; while :; do sleep 1; done', { graceMs: 50 })
    await child.stop()
    await expect(child.exited).resolves.toMatchObject({ signal: 'SIGKILL' })
  })

  it('may be stopped twice, and after it has ended', async () => {
    const child = shell('exit 0')
    await child.exited
    await Promise.all([child.stop(), child.stop()])
    await child.stop()
  })

  it('can talk to a Node child over a message channel', async () => {
    const child = spawnGuarded(process.execPath, ['-e', "process.send('hello'); process.disconnect()"], { ipc: true })
    const message = await new Promise((resolve) => child.process.once('message', resolve))
    expect(message).toBe('hello')
    await child.stop()
  })

  it('dies with its group when its starter is killed, even if it ignores the signal', async () => {
    const starter = await startElsewhere<{ pids: number[] }>('child')
    const [child = 0, grandchild = 0] = starter.said.pids
    expect([await runs(child), await runs(grandchild)]).toEqual([true, true])
    await starter.kill()
    await waitUntil('the end of the child', async () => !(await runs(child)) && !(await runs(grandchild)))
  })
})

describe('trouble with a child', () => {
  it('is told with its last words when it dies before it is ready', async () => {
    const child = shell('echo no room left >&2; exit 4')
    await expect(untilReady(child, 'The part', () => false, { limitMs: 5000 })).rejects.toMatchObject({
      code: 'part-failed',
      message: expect.stringMatching(/The part did not come up: ended with exit code 4\..*no room left/),
    })
  })

  it('is told when it is not ready in time', async () => {
    const child = shell('sleep 1000')
    await expect(untilReady(child, 'The part', () => false, { limitMs: 30 })).rejects.toMatchObject({
      message: expect.stringContaining('not ready after 30 ms'),
    })
    await child.stop()
  })

  it.each([
    { what: 'the program is missing', start: () => spawnGuarded('/nowhere/program', []) },
    { what: 'its folder is missing', start: () => spawnGuarded('true', [], { cwd: '/nowhere' }) },
  ])('is told when $what', async ({ start }) => {
    const child = start()
    await expect(untilDone(child, path.basename('/nowhere/program'))).rejects.toMatchObject({ code: 'part-failed' })
    await child.stop()
  })

  it('ends a wait when it is aborted', async () => {
    const child = shell('sleep 1000')
    const controller = new AbortController()
    const waiting = untilReady(child, 'The part', () => false, { limitMs: 60_000, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await child.stop()
  })
})
