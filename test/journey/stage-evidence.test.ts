import { expect, test } from 'vitest'
import type { SourceName, StatusAnswered } from '../../src/evidence/fact.ts'
import { assemble } from '../../src/journey/assemble.ts'
import { findStageEvidence } from '../../src/journey/stage-evidence.ts'
import { printShop } from '../support/print-shop.ts'
import { moment, tellStory } from '../support/story.ts'

const answered = (source: SourceName, ms: number, status: string): StatusAnswered => ({
  id: `${source}:${ms}`,
  kind: 'status-answered',
  source,
  system: 'front',
  status,
  history: null,
  poll: null,
  at: { clock: 'monitor', earliest: moment(ms), latest: moment(ms + 10) },
  seenAt: moment(ms + 10),
  keys: [],
})

const readyFrom = (answers: readonly StatusAnswered[]) => {
  const { order } = tellStory({ flow: 'flyer' })
  const { view } = assemble(printShop, order, { facts: answers, conditions: [], coverage: [] })
  return findStageEvidence(view, 'front', 'READY')?.point.earliest
}

test('a status was not reached before the last answer that does not show it yet', () => {
  const looks = [answered('postgres', 1_000, 'ORDERED'), answered('status-api', 2_000, 'PRINTED')]
  expect(readyFrom([...looks, answered('status-api', 3_000, 'READY')])).toBe(moment(2_000))
})

test('unless whoever gave it was behind before: it may read a copy', () => {
  const looks = [
    answered('status-api', 1_000, 'PRINTED'),
    answered('status-api', 1_200, 'ORDERED'),
    answered('postgres', 1_500, 'PRINTED'),
    answered('status-api', 2_000, 'PRINTED'),
  ]
  expect(readyFrom([...looks, answered('postgres', 3_000, 'READY')])).toBe(moment(1_500))
})
