import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { playPartnerOrder } from '../support/partner-order.ts'

const contract = jewelryToldBriefly('fast')

function follow(breakAt: string, until: string | null, how: Parameters<typeof playPartnerOrder>[1] = {}): Evaluation {
  const story = playPartnerOrder(breakAt, how)
  for (let ms = 500; ms < 79_000; ms += 500) {
    const { evidence, now } = story.known(ms)
    const verdict = evaluate(contract, { ...story.order, until }, evidence, now)
    if (verdict.state === 'final') return verdict
    expect(verdict.wakeAt ?? now).toBeGreaterThan(now)
  }
  throw new Error('never final')
}

const BREAKS: readonly (readonly [string, string, string | null, string])[] = [
  ['P1 500', 'order-not-placed', 'P1', 'SUBMITTED'],
  ['P1 refused', 'order-not-placed', 'P1', 'SUBMITTED'],
  ['P1 forgets', 'order-not-saved', 'P1', 'SUBMITTED'],
  ['P2 not published', 'message-not-published', 'P2', 'SUBMITTED'],
  ['P2 lost', 'stage-overdue', 'P2', 'SUBMITTED'],
  ['P2 swallowed', 'message-swallowed', 'P2', 'SUBMITTED'],
  ['H6', 'processing-failed', 'H6', 'PRICE_CALCULATED'],
  ['work hangs', 'stage-overdue', 'H6', 'PRICE_CALCULATED'],
  ['not stored', 'result-not-saved', null, 'PRICE_CALCULATED'],
  ['H7 not published', 'message-not-published', 'H7', 'PRICE_CALCULATED'],
  ['H7 lost', 'stage-overdue', 'H7', 'PRICE_CALCULATED'],
  ['H7 swallowed', 'message-swallowed', 'H7', 'PRICE_CALCULATED'],
  ['seller waits', 'stage-overdue', 'H8', 'MANUFACTURING_APPROVED'],
  ['H8 500', 'processing-failed', 'H8', 'MANUFACTURING_APPROVED'],
  ['H8 forgets', 'result-not-saved', 'H8', 'MANUFACTURING_APPROVED'],
  ['H9 not published', 'message-not-published', 'H9', 'MANUFACTURING_APPROVED'],
  ['H9 lost', 'stage-overdue', 'H9', 'MANUFACTURING_APPROVED'],
  ['H9 swallowed', 'message-swallowed', 'H9', 'MANUFACTURING_APPROVED'],
  ['MANUFACTURING_STARTED forgets', 'result-not-saved', 'H10', 'MANUFACTURING_STARTED'],
  ['SHIPPED forgets', 'result-not-saved', 'H10', 'SHIPPED'],
  ['H11 PACKAGING not published', 'message-not-published', 'H11', 'PACKAGING'],
  ['H11 PACKAGING lost', 'stage-overdue', 'H11', 'PACKAGING'],
  ['H11 PACKAGING swallowed', 'message-swallowed', 'H11', 'PACKAGING'],
  ['H12 never', 'stage-overdue', 'H12', 'CLOSED'],
  ['H12 500', 'processing-failed', 'H12', 'CLOSED'],
  ['H12 forgets', 'result-not-saved', 'H12', 'CLOSED'],
]
const breaksOf = ({ findings }: Evaluation) =>
  findings.filter(({ severity }) => severity === 'broken').map(({ code, handoff, stage }) => [code, handoff, stage])

describe('a partner’s order', () => {
  test.each([null, 'PRICE_CALCULATED'])('passes, asked for until %s', (until) => {
    expect(follow('none', until)).toMatchObject({ verdict: 'passed' })
  })
  test.each(BREAKS)('broken at “%s” is %s at %s', (breakAt, code, handoff, stage) => {
    const verdict = follow(breakAt, null)
    expect(breaksOf(verdict)).toEqual([[code, handoff, stage]])
    expect(verdict.findings[0]?.message).not.toMatch(/undefined|null|NaN/)
  })
  test.each(BREAKS.slice(0, 12))(
    'asked for until the price, broken at “%s” is %s at %s',
    (breakAt, code, handoff, stage) => {
      expect(breaksOf(follow(breakAt, 'PRICE_CALCULATED'))).toEqual([[code, handoff, stage]])
    },
  )
  describe.each([
    { slow: 'batches of five seconds and questions every second', how: { batchMs: 5_000, everyMs: 1_000 } },
    { slow: 'exports thirty seconds late', how: { delayMs: () => 30_000 } },
    { slow: 'every span sent by itself', how: { batchMs: 0 } },
    {
      slow: 'batches regrouped on their way',
      how: { batchMs: 50, delayMs: (_: string, ms: number) => 1_000 - (ms % 1_000) },
    },
  ])('with $slow', ({ how }) => {
    test('passes', () => {
      expect(follow('none', null, how)).toMatchObject({ verdict: 'passed' })
    })
    test.each(BREAKS)('broken at “%s” is broken there, or inconclusive', (breakAt, _code, handoff, stage) => {
      const verdict = follow(breakAt, null, how)
      for (const [, link, behind] of breaksOf(verdict))
        expect([behind, [null, handoff].includes(link ?? null)]).toEqual([stage, true])
      expect(['broken', 'inconclusive']).toContain(verdict.verdict)
    })
  })
  test('whose break lies after the last stage asked for passes', () => {
    expect(follow('H9 lost', 'PRICE_CALCULATED')).toMatchObject({ verdict: 'passed' })
  })
})
