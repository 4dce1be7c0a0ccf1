import { describe, expect, test } from 'vitest'
import type { Evaluation } from '../../../src/diagnosis/verdict.ts'
import { followWorld } from '../../support/follow-world.ts'
import { jewelryToldBriefly } from '../../support/jewelry-told-briefly.ts'
import { createWorld, type MessageTrouble, type Trouble, type WorldOptions } from '../../support/world.ts'

const contract = jewelryToldBriefly('fast')

const LINKS = [
  { at: 'H5', stage: 'PRICE_CALCULATED' },
  { at: 'H7', stage: 'PRICE_CALCULATED' },
  { at: 'H9', stage: 'MANUFACTURING_APPROVED' },
  { at: 'H11/PACKAGING', stage: 'PACKAGING' },
] as const

const breaksOf = ({ findings }: Evaluation) =>
  findings.filter(({ severity }) => severity === 'broken').map(({ code, handoff, stage }) => ({ code, handoff, stage }))

/** What each trouble is called, what its sentence must say, and whether only the deadline can tell. */
const TROUBLES: readonly { trouble: MessageTrouble; code: string; says: RegExp; atOnce?: boolean }[] = [
  {
    trouble: 'rejected for good',
    code: 'message-dead-lettered',
    says: /was rejected by \w+ 3 times.*orders\.dead/,
    atOnce: true,
  },
  { trouble: 'unroutable', code: 'message-unroutable', says: /the broker had no queue for it/, atOnce: true },
  { trouble: 'wrong key', code: 'message-unroutable', says: /under [a-z._]+\.misspelt, to which no queue is bound/ },
  { trouble: 'purged', code: 'message-lost', says: /purged or removed/ },
  { trouble: 'expired unread', code: 'message-lost', says: /expired.*time-to-live and no dead letter exchange/ },
  {
    trouble: 'swallowed',
    code: 'message-swallowed',
    says: /took the message .* and settled it, but .* never happened/,
  },
  { trouble: 'no consumer', code: 'message-not-consumed', says: /has no consumer/ },
  {
    trouble: 'stuck consumer',
    code: 'message-not-consumed',
    says: /holds as many messages as it may and settles none/,
  },
  { trouble: 'requeued for ever', code: 'message-redelivered', says: /was handed it \d\d times/ },
  { trouble: 'never settled', code: 'message-unacknowledged', says: /neither acknowledged nor rejected/ },
]

const SIGHTS: readonly { sight: string; options: Partial<WorldOptions> }[] = [
  { sight: 'every witness', options: {} },
  { sight: 'broker and status APIs, without any span', options: { spans: false, history: true } },
]

/** Others were handed out of that queue a moment before: which of them the total counts, only spans can tell. */
const isCrowded = (trouble: MessageTrouble, at: string, { spans = true }: Partial<WorldOptions>): boolean =>
  trouble === 'never settled' && at === 'H11/PACKAGING' && !spans

test('a message never settled right behind others that were is only overdue, where no span tells of it', () => {
  const world = createWorld({
    seed: 2,
    trouble: 'never settled',
    at: 'H11/PACKAGING',
    broker: true,
    spans: false,
    history: true,
  })
  expect(breaksOf(followWorld(contract, world, 250)).map(({ code }) => code)).toEqual(['stage-overdue'])
})

describe.each(SIGHTS)('by $sight', ({ options }) => {
  describe.each(LINKS)('at $at', ({ at, stage }) => {
    test.each(TROUBLES.filter(({ trouble }) => !isCrowded(trouble, at, options)))(
      'a message $trouble is $code',
      ({ trouble, code, says, atOnce }) => {
        const world = createWorld({ seed: 2, trouble, at, broker: true, ...options })
        const verdict = followWorld(contract, world, 250)
        const [finding] = verdict.findings
        expect(breaksOf(verdict), verdict.reason).toEqual([{ code, handoff: at.split('/')[0], stage }])
        expect(finding?.message).toMatch(says)
        expect(verdict.journey.hops.find(({ id }) => id === at)?.state).toBe('broken')
        expect(finding?.message).not.toMatch(/undefined|null|NaN/)
        expect(finding?.evidence.map(({ source }) => source)).toContain('rabbitmq')
        const sentAt = world.truth.get(at)?.start ?? 0
        const tookMs = Number((finding?.detectedAt ?? 0n) - world.order.enteredAt) / 1e6 - sentAt
        const [soonest, latest] = atOnce === true ? [0, 1_000] : [8_000, 12_000]
        expect(tookMs).toBeGreaterThanOrEqual(soonest)
        expect(tookMs).toBeLessThan(latest)
      },
    )
  })
})

describe('by the broker alone', () => {
  test.each(
    TROUBLES.filter(({ trouble }) =>
      ['rejected for good', 'unroutable', 'purged', 'expired unread', 'no consumer', 'stuck consumer'].includes(
        trouble,
      ),
    ),
  )('a message $trouble is $code', ({ trouble, code }) => {
    const world = createWorld({ seed: 2, trouble, broker: true, spans: false, statusApi: false })
    expect(breaksOf(followWorld(contract, world, 250))).toEqual([{ code, handoff: 'H5', stage: 'PRICE_CALCULATED' }])
  })
})

describe('an order passes, and at the same moment with and without the broker’s word,', () => {
  const healthy: readonly Trouble[] = [
    'none',
    'rejected, then taken',
    'redelivered once',
    'published twice, handled once',
    'consumer away shortly',
    'queue full of others',
  ]
  const ways = healthy.flatMap((trouble) => ['H5', 'H7', 'H9', 'H11/SHIPPED'].map((at) => ({ trouble, at })))
  test.each(ways)('with $trouble at $at', ({ trouble, at }) => {
    for (const broker of [true, false]) {
      const { verdict, reason, findings } = followWorld(contract, createWorld({ seed: 5, trouble, at, broker }), 250)
      expect({ verdict, reason, findings }).toMatchObject({ verdict: 'passed', findings: [] })
    }
  })
  test('by status APIs and the broker, without any span', () => {
    const world = createWorld({ seed: 5, broker: true, spans: false, history: true })
    const { verdict, journey } = followWorld(contract, world, 250)
    expect(verdict).toBe('passed')
    for (const id of ['H5', 'H7', 'H9', 'H11/SHIPPED'])
      expect(journey.hops.find((hop) => hop.id === id)).toMatchObject({ state: 'crossed', witnesses: ['rabbitmq'] })
  })
})

test('a change made twice by two messages is told, and the order it did not stop is broken all the same', () => {
  for (const { at } of LINKS) {
    const verdict = followWorld(contract, createWorld({ seed: 4, trouble: 'applied twice', at, broker: true }), 250)
    expect(breaksOf(verdict).map(({ code, handoff }) => [code, handoff])).toEqual([
      ['message-duplicated', at.split('/')[0]],
    ])
  }
})

test('two messages for one change that nobody’s spans tell of leave it open whether it was made twice', () => {
  const world = createWorld({ seed: 4, trouble: 'applied twice', broker: true, spans: false, history: true })
  const { verdict, unchecked } = followWorld(contract, world, 250)
  expect(verdict).toBe('inconclusive')
  expect(unchecked).toContainEqual(expect.objectContaining({ code: 'message-duplicated', handoff: 'H5' }))
})
