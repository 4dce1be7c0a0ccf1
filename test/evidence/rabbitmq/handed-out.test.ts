import { describe, expect, it } from 'vitest'
import { createHandedOut } from '../../../src/evidence/rabbitmq/handed-out.ts'
import { fromEpochMs } from '../../../src/shared/units.ts'

const QUEUE = 'kitchen.cakes'
/** Beyond what is kept of one queue. */
const MANY = 30_000

const count = (times: readonly number[]) => {
  const handedOut = createHandedOut(new Set([QUEUE, 'desk.news']))
  for (const ms of times) handedOut.add(QUEUE, fromEpochMs(ms))
  return (ms: number, queue = QUEUE) => handedOut.by(queue, fromEpochMs(ms))
}

describe('what was handed out of a queue', () => {
  it('is counted by each moment since the tap began', () => {
    const by = count([10, 20, 20, 30])
    expect([5, 10, 19, 20, 29, 30, 1_000].map((ms) => by(ms))).toEqual([0, 1, 1, 3, 3, 4, 4])
  })

  it('is counted for each queue by itself', () => {
    expect(count([10, 20])(30, 'desk.news')).toBe(0)
  })

  it('is not known of a queue nobody watches, whatever is seen of it', () => {
    const handedOut = createHandedOut(new Set([QUEUE]))
    handedOut.add('strangers', fromEpochMs(10))
    expect(handedOut.by('strangers', fromEpochMs(20))).toBeNull()
    expect(handedOut.by(QUEUE, fromEpochMs(20))).toBe(0)
  })

  it('is forgotten where it is long ago, and still counted in what came by later moments', () => {
    const by = count(Array.from({ length: MANY }, (_, ms) => ms))
    expect(by(0)).toBeNull()
    expect(by(MANY - 1)).toBe(MANY)
    const asked = Array.from({ length: 30 }, (_, i) => (i * MANY) / 30)
    const told = asked.map((ms) => by(ms))
    const first = told.findIndex((number) => number !== null)
    expect(first).toBeGreaterThan(0)
    expect(told.slice(first)).toEqual(asked.slice(first).map((ms) => ms + 1))
  })

  it('is known at the very moment of the last one forgotten', () => {
    const by = count(Array.from({ length: MANY }, () => 10))
    expect([9, 10, 11].map((ms) => by(ms))).toEqual([null, MANY, MANY])
  })
})
