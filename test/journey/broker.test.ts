import { describe, expect, test } from 'vitest'
import { evaluate } from '../../src/diagnosis/evaluate.ts'
import type { Fact } from '../../src/evidence/fact.ts'
import type { Hop } from '../../src/journey/journey.ts'
import { jewelryToldBriefly } from '../support/jewelry-told-briefly.ts'
import { at, createWorld, type World } from '../support/world.ts'

const contract = jewelryToldBriefly('fast')
const isSpanOf =
  (...services: readonly string[]) =>
  (fact: Fact): boolean =>
    fact.kind === 'span-ended' && services.includes(fact.span.service)

function hopOf(world: World, id: string, gone: (fact: Fact) => boolean = () => false): Hop {
  const facts = world.evidence.facts.filter((fact) => !gone(fact))
  const { journey } = evaluate(contract, world.order, { ...world.evidence, facts }, at(world.endsAtMs))
  const hop = journey.hops.find((each) => each.id === id)
  if (hop === undefined) throw new Error(`no hop ${id}`)
  return hop
}

const world = createWorld({ seed: 3, broker: true, history: true })
const true5 = world.truth.get('H5')
const trueMs = (true5?.end ?? 0) - (true5?.start ?? 0)

describe('a message that went through', () => {
  const sides: readonly [string, (fact: Fact) => boolean, readonly string[]][] = [
    ['spans on both sides', () => false, ['otlp', 'rabbitmq']],
    ['the sender’s spans', isSpanOf('mes-api'), ['otlp', 'rabbitmq']],
    ['the receiver’s spans', isSpanOf('crm-api'), ['otlp', 'rabbitmq']],
    ['no span', isSpanOf('mes-api', 'crm-api', 'shop-api'), ['rabbitmq']],
  ]
  test.each(sides)('is crossed with %s, and its time lies inside its ±', (_, gone, witnesses) => {
    const hop = hopOf(world, 'H5', gone)
    expect(hop).toMatchObject({ state: 'crossed', witnesses })
    const error = Math.abs(Number(hop.latency ?? 0n) / 1e6 - trueMs)
    expect(error).toBeLessThanOrEqual(Number(hop.plusMinus ?? 0n) / 1e6 + 1)
    expect(hop.segments.reduce((sum, { time }) => sum + time, 0n)).toBe(hop.latency)
  })
  test('waited in the queue as long as the broker’s one clock says, and the rest is transfer', () => {
    const slow = createWorld({ seed: 3, broker: true, trouble: 'consumer away shortly' })
    const hop = hopOf(slow, 'H5')
    const waited = hop.segments.find(({ kind }) => kind === 'queue')
    expect(waited?.system).toBe('rabbitmq')
    expect(Number(waited?.time ?? 0n) / 1e6).toBeGreaterThan(3_990)
    expect(hop.segments.reduce((sum, { time }) => sum + time, 0n)).toBe(hop.latency)
  })
})

test('the wait in the queue is told by when the tap heard of both, however little it knows of when they happened', () => {
  const vague = world.evidence.facts.map((fact) =>
    fact.source === 'rabbitmq' ? { ...fact, at: { ...fact.at, earliest: at(100) } } : fact,
  )
  const [entered, left] = (['message-published', 'message-delivered'] as const).map((kind) =>
    vague.find((fact) => fact.kind === kind && fact.exchange === 'orders'),
  )
  const { journey } = evaluate(contract, world.order, { ...world.evidence, facts: vague }, at(world.endsAtMs))
  const queue = journey.hops.find(({ id }) => id === 'H5')?.segments.find(({ kind }) => kind === 'queue')
  expect(queue?.time).toBe((left?.at.latest ?? 0n) - (entered?.at.latest ?? 0n))
})

test('a message that comes back from its delays under other keys is the same hand-off’s', () => {
  const retried = createWorld({ seed: 3, broker: true, trouble: 'rejected, then taken', at: 'H9', history: true })
  expect(hopOf(retried, 'H9', isSpanOf('mes-api', 'crm-api'))).toMatchObject({
    state: 'crossed',
    witnesses: ['rabbitmq'],
  })
  expect(hopOf(retried, 'H5', isSpanOf('mes-api', 'crm-api'))).toMatchObject({
    state: 'crossed',
    witnesses: ['rabbitmq'],
  })
})

test('messages told apart by nothing but their time are laid to no hand-off', () => {
  const { H11 } = contract.handoffs
  if (H11?.kind !== 'queue') throw new Error('H11 is a queue')
  const oneKey = { ...contract, handoffs: { ...contract.handoffs, H11: { ...H11, key: 'order.status.shipped' } } }
  const { journey } = evaluate(oneKey, world.order, world.evidence, at(world.endsAtMs))
  const h11 = journey.hops.filter(({ handoff }) => handoff === 'H11')
  expect(h11.flatMap(({ witnesses }) => witnesses)).not.toContain('rabbitmq')
})
