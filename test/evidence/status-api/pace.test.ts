import { describe, expect, it } from 'vitest'
import type { Pace } from '../../../src/evidence/ports.ts'
import { pollDueAt, takeTurn } from '../../../src/evidence/status-api/pace.ts'
import { between, fromMs, milliseconds, plus, toMs, type UnixNanos, unixNanos } from '../../../src/shared/units.ts'

const pace: Pace = { quick: milliseconds(100), slowest: milliseconds(10_000), maxPerSecond: 20 }
const T0 = unixNanos(1_795_000_000_000_000_000n)
const at = (ms: number): UnixNanos => plus(T0, fromMs(ms))
const msAfterStart = (moment: UnixNanos): number => toMs(between(moment, T0))

/** The waits between the questions about an order that last moved at T0. */
const waitsAtRest = (polls: number): readonly number[] => {
  const waits: number[] = []
  let polledAt = T0
  for (let poll = 0; poll < polls; poll++) {
    const due = pollDueAt(pace, { lastPolledAt: polledAt, lastChangeAt: T0 })
    waits.push(toMs(between(due, polledAt)))
    polledAt = due
  }
  return waits
}

describe('when an order is due', () => {
  it('is at once when nobody has asked yet', () => {
    expect(pollDueAt(pace, { lastPolledAt: null, lastChangeAt: T0 })).toBe(T0)
  })

  it('is soon after the last question while the order moves', () => {
    expect(msAfterStart(pollDueAt(pace, { lastPolledAt: at(5000), lastChangeAt: at(4990) }))).toBe(5100)
  })

  it('is soon again when the order moved after the last question', () => {
    expect(msAfterStart(pollDueAt(pace, { lastPolledAt: at(5000), lastChangeAt: at(9000) }))).toBe(5100)
  })

  it('waits half as long again each time at rest, up to the slowest', () => {
    const waits = waitsAtRest(20)
    expect(waits.slice(0, 5)).toStrictEqual([100, 100, 100, 150, 225])
    expect(waits.at(-1)).toBe(10_000)
    expect(waits).toStrictEqual(waits.toSorted((a, b) => a - b))
  })

  it('asks about an order at rest for an hour fewer than four hundred times', () => {
    let polls = 0
    for (let polledAt = T0; polledAt < at(3_600_000); polls++) {
      polledAt = pollDueAt(pace, { lastPolledAt: polledAt, lastChangeAt: T0 })
    }
    expect(polls).toBeLessThan(400)
  })
})

describe('the turns of a system', () => {
  it('come at most as often as its limit, however many orders want one', () => {
    let freeAt: UnixNanos | null = null
    let asked = 0
    for (let ms = 0; ms < 1000; ms++) {
      const turn = takeTurn(pace, freeAt, at(ms))
      if (turn.outcome === 'wait') continue
      asked++
      freeAt = turn.systemFreeAt
    }
    expect(asked).toBe(20)
  })

  it('say until when to wait', () => {
    const turn = takeTurn(pace, null, T0)
    expect(turn).toStrictEqual({ outcome: 'ask', systemFreeAt: at(50) })
    expect(takeTurn(pace, at(50), at(49))).toStrictEqual({ outcome: 'wait', until: at(50) })
    expect(takeTurn(pace, at(50), at(50)).outcome).toBe('ask')
  })

  it('do not pile up while nobody asks', () => {
    expect(takeTurn(pace, at(50), at(60_000))).toStrictEqual({ outcome: 'ask', systemFreeAt: at(60_050) })
  })
})
