import { describe, expect, it } from 'vitest'
import { createSharedEvidence } from '../../src/app/follow/shared-evidence.ts'
import type { Coverage } from '../../src/evidence/coverage.ts'
import { unixNanos } from '../../src/shared/units.ts'

let count = 0
const stretch = (from: number, to: number, more: Partial<Coverage> = {}): Coverage => ({
  id: `c${++count}`,
  source: 'rabbitmq',
  service: 'cakes',
  instance: 'firehose',
  from: unixNanos(BigInt(from)),
  to: unixNanos(BigInt(to)),
  seenAt: unixNanos(BigInt(to)),
  spans: 1,
  dropped: 0,
  ...more,
})

const kept = (...records: readonly Coverage[]) => {
  const shared = createSharedEvidence()
  for (const record of records) shared.addCoverage(record)
  return shared.coverage.map(({ instance, from, to, spans, dropped }) => [
    instance,
    Number(from),
    Number(to),
    spans,
    dropped,
  ])
}

describe('what a tap vouches for', () => {
  it('is kept as one stretch where stretches meet', () => {
    const other = { source: 'otlp', instance: 'oven' } as const
    expect(kept(stretch(0, 2), stretch(1, 2, other), stretch(2, 4), stretch(2, 4, other), stretch(4, 6))).toEqual([
      ['oven', 1, 2, 1, 0],
      ['oven', 2, 4, 1, 0],
      ['firehose', 0, 6, 3, 0],
    ])
  })

  it('keeps its holes, and stretches in which something was lost', () => {
    expect(kept(stretch(0, 2), stretch(3, 4), stretch(4, 5, { dropped: 2 }), stretch(5, 6))).toEqual([
      ['firehose', 0, 2, 1, 0],
      ['firehose', 3, 4, 1, 0],
      ['firehose', 4, 5, 1, 2],
      ['firehose', 5, 6, 1, 0],
    ])
  })

  it('goes on after older evidence was forgotten', () => {
    const shared = createSharedEvidence()
    shared.addCoverage(stretch(0, 2))
    shared.addCoverage(stretch(0, 9, { instance: 'dead-letters' }))
    shared.prune(unixNanos(5n))
    shared.addCoverage(stretch(2, 10))
    expect(shared.coverage.map(({ instance }) => instance)).toEqual(['dead-letters', 'firehose'])
  })
})
