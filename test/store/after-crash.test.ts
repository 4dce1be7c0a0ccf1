import { describe, expect, it } from 'vitest'
import { decideAfterCrash, type LookUp } from '../../src/store/after-crash.ts'
import type { OrderState } from '../../src/store/schema.ts'

type Placing = 'idempotent' | 'findable' | 'neither'
const PLACINGS: readonly Placing[] = ['idempotent', 'findable', 'neither']

const decide = (state: OrderState, placing: Placing, lookUp: LookUp | null = null) =>
  decideAfterCrash({ state, orderIds: state === 'placed' ? ['42'] : [] }, placing, lookUp)

describe('after a crash', () => {
  it.each<[OrderState, Placing, string]>([
    ['entered', 'idempotent', 'close-unplaced'],
    ['entered', 'findable', 'close-unplaced'],
    ['entered', 'neither', 'close-unplaced'],
    ['placing', 'idempotent', 'repeat'],
    ['placing', 'findable', 'look-up'],
    ['placing', 'neither', 'leave'],
    ['placed', 'idempotent', 'follow'],
    ['placed', 'findable', 'follow'],
    ['placed', 'neither', 'follow'],
    ['finished', 'idempotent', 'nothing'],
    ['finished', 'findable', 'nothing'],
    ['finished', 'neither', 'nothing'],
    ['cleaned', 'idempotent', 'nothing'],
    ['cleaned', 'findable', 'nothing'],
    ['cleaned', 'neither', 'nothing'],
  ])('an order that was %s where placing is %s: %s', (state, placing, act) => {
    expect(decide(state, placing).act).toBe(act)
  })

  it('a placed order is followed by the ids it was given', () => {
    expect(decide('placed', 'neither')).toMatchObject({ act: 'follow', orderIds: ['42'] })
  })

  it.each<[LookUp, object]>([
    [
      { outcome: 'found', orderIds: ['7', '8'] },
      { act: 'follow', orderIds: ['7', '8'] },
    ],
    [{ outcome: 'absent' }, { act: 'close-unplaced' }],
    [{ outcome: 'unavailable' }, { act: 'look-up' }],
  ])('a look-up that says %j decides a findable order', (lookUp, decision) => {
    expect(decide('placing', 'findable', lookUp)).toMatchObject(decision)
  })

  it('no look-up makes an order that may exist be placed again where placing is not idempotent', () => {
    const lookUps: readonly (LookUp | null)[] = [
      null,
      { outcome: 'absent' },
      { outcome: 'unavailable' },
      { outcome: 'found', orderIds: [] },
    ]
    for (const placing of PLACINGS.filter((it) => it !== 'idempotent')) {
      for (const lookUp of lookUps) expect(decide('placing', placing, lookUp).act).not.toBe('repeat')
    }
  })
})
