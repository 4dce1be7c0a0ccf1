import { describe, expect, it } from 'vitest'
import { createMessageIntake, type Seen } from '../../../src/evidence/rabbitmq/intake.ts'
import { createRecords } from '../../../src/evidence/rabbitmq/records.ts'
import type { Hole } from '../../../src/evidence/rabbitmq/waiting.ts'
import { type UnixNanos, unixNanos } from '../../../src/shared/units.ts'
import { createTold } from './broker.ts'

const ms = (value: number): UnixNanos => unixNanos(BigInt(value) * 1_000_000n)
const order = (value: string) => ({ kind: 'order', value }) as const
const seen = (id: string): Seen => ({
  kind: 'message-published',
  keys: [order(id)],
  messageId: null,
  correlationId: null,
  context: null,
  marked: null,
  deaths: [],
  exchange: 'cakes',
  routingKey: 'cake.ordered',
  queues: [],
})

const intakeOf = (max = 10, maxAgeMs = 1000) => {
  let now = ms(0)
  const told = createTold()
  const holes: Hole[] = []
  const intake = createMessageIntake(told, {
    clock: { now: () => now },
    records: createRecords(),
    waiting: { max, maxAgeMs },
    onHole: (hole) => void holes.push(hole),
  })
  const pass = (id: string, atMs: number, watched = true) => {
    now = ms(atMs)
    intake.take(seen(id), ms(atMs - 1), watched)
  }
  const at = (atMs: number) => {
    now = ms(atMs)
    intake.forget()
  }
  return { intake, told, holes, pass, at, ids: () => told.facts.map(({ keys }) => keys[0]?.value) }
}

describe('messages', () => {
  it('wait for their order, and are told once', () => {
    const { intake, pass, ids } = intakeOf()
    pass('a', 1)
    pass('b', 2)
    intake.claim([order('a')], 'SYN-1')
    intake.claim([order('a')], 'SYN-2')
    pass('a', 3)
    expect(ids()).toEqual(['a', 'a'])
    expect(intake.waiting).toBe(1)
  })

  it('of exchanges the contract does not name are told to who claims them, but do not wait', () => {
    const { intake, pass, ids } = intakeOf()
    pass('a', 1, false)
    intake.claim([order('a')], 'SYN-1')
    pass('a', 2, false)
    expect(ids()).toEqual(['a'])
  })

  it('are told no more once all who claimed them have let go', () => {
    const { intake, pass, ids } = intakeOf()
    intake.claim([order('a')], 'SYN-1')
    intake.claim([order('a')], 'SYN-2')
    intake.release([order('a')], 'SYN-1')
    pass('a', 1)
    intake.release([order('a')], 'SYN-2')
    pass('a', 2)
    expect(ids()).toEqual(['a'])
    expect(intake.holders).toBe(0)
  })

  it('forgotten for want of room are a hole as soon as somebody asks for their order', () => {
    const { intake, pass, holes } = intakeOf(3)
    for (const [n, id] of ['a', 'b', 'c', 'd', 'e'].entries()) pass(id, n + 1)
    expect(intake.crowdedOut).toBe(2)
    intake.claim([order('c')], 'SYN-1')
    expect(holes).toEqual([])
    intake.claim([order('a')], 'SYN-1')
    expect(holes).toEqual([{ from: ms(0), to: ms(1), dropped: 1 }])
  })

  it('forgotten after their time are one too', () => {
    const { intake, pass, at, holes } = intakeOf()
    pass('a', 1)
    pass('a', 5)
    at(2000)
    intake.claim([order('a')], 'SYN-1')
    expect(holes).toEqual([{ from: ms(0), to: ms(5), dropped: 2 }])
  })

  it('of which not even the name is remembered leave a hole for whoever was there by then, and for nobody else', () => {
    const { intake, pass, at, holes } = intakeOf(2)
    intake.claim([{ kind: 'reference', value: 'SYN-1' }], 'SYN-1')
    for (let n = 1; n <= 30; n++) pass(`foreign-${n}`, n)
    intake.claim([order('a')], 'SYN-1')
    expect(holes).toEqual([{ from: ms(0), to: ms(20), dropped: 1 }])
    at(31)
    intake.claim([order('b')], 'SYN-2')
    expect(holes).toHaveLength(1)
  })
})
