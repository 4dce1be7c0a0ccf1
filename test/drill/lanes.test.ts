import { describe, expect, it } from 'vitest'
import { inTurn } from '../../src/drill/lanes.ts'

const never = new AbortController().signal

describe('work in turn', () => {
  it('does everything once, no more at a time than allowed', async () => {
    let now = 0
    let most = 0
    const done: number[] = []
    await inTurn([1, 2, 3, 4, 5, 6, 7], 3, never, async (item) => {
      most = Math.max(most, ++now)
      await Promise.resolve()
      now--
      done.push(item)
    })
    expect(done.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(most).toBe(3)
  })

  it('begins nothing more after a failure, and lets what runs end before it tells', async () => {
    const begun: number[] = []
    const ended: number[] = []
    const work = inTurn([1, 2, 3, 4], 2, never, async (item) => {
      begun.push(item)
      if (item === 1) throw new Error('broken')
      await new Promise((resolve) => setImmediate(resolve))
      ended.push(item)
    })
    await expect(work).rejects.toThrow('broken')
    expect({ begun, ended }).toEqual({ begun: [1, 2], ended: [2] })
  })

  it('stops with the signal’s reason', async () => {
    const stopping = new AbortController()
    const work = inTurn([1, 2, 3], 1, stopping.signal, async () => stopping.abort(new Error('stopped')))
    await expect(work).rejects.toThrow('stopped')
  })
})
