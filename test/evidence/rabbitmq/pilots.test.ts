import { describe, expect, it } from 'vitest'
import { createPilotLine } from '../../../src/evidence/rabbitmq/pilots.ts'
import { nanos, type UnixNanos, unixNanos } from '../../../src/shared/units.ts'

const ms = (value: number): UnixNanos => unixNanos(BigInt(value) * 1_000_000n)
const inMs = (value: UnixNanos | null | undefined): number | null => (value == null ? null : Number(value) / 1e6)

/** Sends pilots at the first of two times and notes their return at the second, or never; all in milliseconds. */
const fly = (...flights: readonly (readonly [sent: number, back: number | null])[]) => {
  const line = createPilotLine()
  const acts = flights.flatMap(([sent, back], at) => [
    { when: sent, act: () => void line.sent(at, ms(sent)) },
    ...(back === null ? [] : [{ when: back, act: () => line.back(at, ms(back), nanos(0n)) }]),
  ])
  const stretches = acts
    .toSorted((a, b) => a.when - b.when)
    .flatMap(({ act }) => act() ?? [])
    .map(({ from, to, lost }) => [inMs(from), inMs(to), lost])
  return { line, stretches }
}

describe('pilots', () => {
  it('prove a stretch when the one after its end is back, and none before the first was back', () => {
    expect(fly([0, 5], [200, 203]).stretches).toEqual([])
    expect(fly([0, 5], [200, 203], [400, 402]).stretches).toEqual([[5, 200, 0]])
    expect(fly([0, 5], [200, 203], [400, 402], [600, 601]).stretches).toEqual([
      [5, 200, 0],
      [200, 400, 0],
    ])
  })

  it('that are skipped make the stretch one with losses', () => {
    expect(fly([0, 5], [200, 203], [400, null], [600, 602], [800, 801]).stretches).toEqual([
      [5, 200, 0],
      [200, 600, 1],
    ])
  })

  it('that overtake one another’s sending prove stretches all the same', () => {
    expect(fly([0, 500], [200, 510], [400, 520], [600, 610], [800, 810]).stretches).toEqual([[500, 600, 0]])
  })

  it('say since when nothing has come back', () => {
    expect(inMs(fly([0, 5], [200, null], [400, null]).line.silentSince())).toBe(200)
    expect(fly([0, 5], [200, null], [400, 405]).line.silentSince()).toBeNull()
  })

  it('bound the moment of a message by the longest of their ways, and by the last that is back', () => {
    const { line } = fly([0, 30], [200, 203])
    const unread = nanos(4_000_000n)
    expect(inMs(line.passedSince(ms(300), unread))).toBe(300 - 30 - 4 - 1)
    expect(inMs(line.passedSince(ms(205), unread))).toBe(200)
    expect(createPilotLine().passedSince(ms(5), unread)).toBeNull()
  })

  it('are late by what the broker took, not by what they lay unread here', () => {
    const line = createPilotLine()
    line.sent(0, ms(0))
    line.back(0, ms(1500), nanos(1_400_000_000n))
    expect(Number(line.lag()) / 1e6).toBe(100)
  })

  it('that are owed widen it', () => {
    const { line } = fly([0, 3], [200, null])
    expect(inMs(line.passedSince(ms(290), nanos(0n)))).toBe(290 - 90 - 1)
  })

  it('that never come back are given up after a while', () => {
    const line = createPilotLine()
    line.sent(0, ms(0))
    line.back(0, ms(1), nanos(0n))
    for (let pilot = 1; pilot <= 1200; pilot++) line.sent(pilot, ms(pilot * 200))
    expect(line.back(1, ms(300_000), nanos(0n))).toBeNull()
    expect(line.back(1199, ms(300_000), nanos(0n))).toBeNull()
    expect(inMs(line.silentSince())).toBe(240_000)
  })
})
