import { expect, it } from 'vitest'
import { createTurns } from '../../src/app/follow/turns.ts'

const WORK_MS = 10

/** Works without letting go of the thread, as an evaluation does; tells when it began and ended. */
const work = (): readonly [number, number] => {
  const began = performance.now()
  while (performance.now() - began < WORK_MS);
  return [began, performance.now()]
}

it('takes one after another, and leaves at least as much time after each as it took', async () => {
  const turns = createTurns()
  const done: (readonly [number, number])[] = []
  await new Promise<void>((resolve) => {
    for (let i = 0; i < 4; i++)
      turns.after(0, () => {
        done.push(work())
        if (done.length === 4) resolve()
      })
  })
  const gaps = done.slice(1).map(([began], i) => began - (done[i]?.[1] ?? 0))
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(WORK_MS - 1)
})

it('takes first what is due first, and leaves out what is taken back', async () => {
  const turns = createTurns()
  const said: string[] = []
  await new Promise<void>((resolve) => {
    turns.after(20, () => resolve(void said.push('last')))
    turns.after(10, () => said.push('never'))()
    turns.after(5, () => said.push('second'))
    turns.after(0, () => said.push('first'))
  })
  expect(said).toEqual(['first', 'second', 'last'])
})

it('goes on with the others when one fails', async () => {
  const turns = createTurns()
  const failed = new Promise<unknown>((resolve) => process.once('uncaughtException', resolve))
  const other = new Promise<string>((resolve) => turns.after(5, () => resolve('came')))
  turns.after(0, () => {
    throw new Error('one failed')
  })
  expect([await failed, await other]).toEqual([new Error('one failed'), 'came'])
})
