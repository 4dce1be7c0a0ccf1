import { describe, expect, it } from 'vitest'
import { jewelry } from '../../probes/jewelry.contract.ts'
import type { Standing, Watched } from '../../src/app/follow/watched.ts'
import { isShown } from '../../src/app/shown-on-page.ts'
import type { PageLooked } from '../../src/evidence/fact.ts'
import { fromMs, plus, unixNanos } from '../../src/shared/units.ts'
import { healthy, stage } from '../report/orders.ts'

const T = unixNanos(1_795_000_000_000_000_000n)
const { order, evaluation } = healthy.decision

const looked = (view: string, outcome: PageLooked['outcome']): PageLooked => ({
  id: `page:${view}`,
  source: 'page',
  kind: 'page-looked',
  at: { clock: 'monitor', earliest: T, latest: T },
  seenAt: T,
  keys: [],
  view,
  system: 'crm',
  outcome,
  detail: null,
})

const at = (name: string, state: 'reached' | 'waiting') =>
  stage(
    name,
    'mes',
    state === 'reached' ? 0 : null,
    state === 'reached' ? { at: { best: T, earliest: T, latest: T } } : {},
  )

const shown = (facts: readonly PageLooked[], laterMs = 100, approved: 'reached' | 'waiting' = 'waiting') => {
  const stages = [at('PRICE_CALCULATED', 'reached'), at('MANUFACTURING_APPROVED', approved)]
  const standing: Standing = {
    order,
    evaluation: { ...evaluation, journey: { ...evaluation.journey, stages } },
    decidedAt: T,
    revision: 1,
  }
  const watched: Pick<Watched, 'facts'> = { facts: () => facts }
  const now = plus(T, fromMs(laterMs))
  return isShown(jewelry(), watched, standing, { stage: 'PRICE_CALCULATED', system: 'crm', now })
}

describe('a person at a page that is looked at', () => {
  it('knows what the page has shown, and nothing that it has not', () => {
    expect(shown([])).toBe(false)
    expect(shown([looked("the seller's list", 'wrong')])).toBe(false)
    expect(shown([looked("the operators' first page", 'shown')])).toBe(false)
    expect(shown([looked("the seller's list", 'shown')])).toBe(true)
  })

  it('waits no longer than until the page was found wanting, nor where the order has gone on', () => {
    expect(shown([], 22_000)).toBe(false)
    expect(shown([], 24_000)).toBe(true)
    expect(shown([], 100, 'reached')).toBe(true)
  })
})
