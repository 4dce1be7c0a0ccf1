import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createPollClaims } from '../../src/app/follow/poll-claims.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('the traces of our own questions', () => {
  it('are claimed before the question is sent, and let go of a minute later', () => {
    const claimed: string[] = []
    const released: string[] = []
    const { onPoll } = createPollClaims({
      claim: (keys) => claimed.push(...keys.map(({ value }) => value)),
      release: (keys) => released.push(...keys.map(({ value }) => value)),
    })
    onPoll({ traceId: 'one', spanId: '1' })
    vi.advanceTimersByTime(59_000)
    onPoll({ traceId: 'two', spanId: '2' })
    expect([claimed, released]).toEqual([['one', 'two'], []])
    vi.advanceTimersByTime(2_000)
    onPoll({ traceId: 'three', spanId: '3' })
    expect(released).toEqual(['one'])
  })
})
