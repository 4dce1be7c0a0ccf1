import { describe, expect, it } from 'vitest'
import { parseContract } from '../../src/contract/parse.ts'
import { bikeWorkshop } from './bike-workshop/contract.ts'
import { cakeBakery } from './cake-bakery/contract.ts'
import { type CapturedSpan, readCapture } from './read-capture.ts'

const captureOf = (name: string): CapturedSpan[] => readCapture(new URL(`./${name}/traces.pb64.jsonl`, import.meta.url))
const cakes = captureOf('cake-bakery')
const bikes = captureOf('bike-workshop')

const groupBy = <T>(items: readonly T[], key: (item: T) => string): T[][] =>
  Object.values(Object.groupBy(items, key)) as T[][]
const attribute = (span: CapturedSpan, name: string): string => String(span.attributes[name])

/** The statuses each customer's order reached, in order of time. */
const reachedBy = (spans: readonly CapturedSpan[]): Record<string, string[]> => {
  const setting = spans.filter((span) => span.attributes['event.name'] === 'order.status.changed')
  const byCustomer = Object.groupBy(setting, (span) => attribute(span, 'enduser.id'))
  return Object.fromEntries(
    Object.entries(byCustomer).map(([customer, own = []]) => [
      customer,
      own.toSorted((a, b) => a.endMs - b.endMs).map((span) => attribute(span, 'order.status')),
    ]),
  )
}

describe.each([
  {
    name: 'cake-bakery',
    spans: cakes,
    contract: cakeBakery,
    statuses: ['ORDERED', 'BAKED', 'READY'],
    work: 'cake.bake',
  },
  {
    name: 'bike-workshop',
    spans: bikes,
    contract: bikeWorkshop,
    statuses: ['ACCEPTED', 'REPAIRED', 'COLLECTABLE'],
    work: 'repair.work',
  },
])('the capture $name', ({ spans, contract, statuses, work }) => {
  it('has a contract without mistakes', () => {
    expect(parseContract(contract, 'contract.ts')).toEqual(contract)
  })

  it('comes from the services its contract names', () => {
    const services = Object.values(contract.systems).flatMap((system) => system.services)
    expect(new Set(spans.map((span) => span.service))).toEqual(new Set(services))
  })

  it('holds four orders that reached every status and one that stopped at the first', () => {
    expect(reachedBy(spans)).toEqual({
      ann: statuses,
      bob: statuses,
      cleo: statuses,
      eve: statuses,
      dan: statuses.slice(0, 1),
    })
  })

  it('holds exactly one piece of work that failed, of the order that stopped', () => {
    const failed = spans.filter((span) => span.name === work && span.error)
    expect(failed.map((span) => [attribute(span, 'enduser.id'), attribute(span, 'error.type'), span.events])).toEqual([
      ['dan', contract.stages[statuses[1] ?? '']?.finalErrors?.[0], ['exception']],
    ])
  })

  it('tells every span once', () => {
    expect(new Set(spans.map((span) => span.spanId)).size).toBe(spans.length)
  })

  it('says nothing about the machine it was made on', () => {
    const names = new Set(spans.flatMap((span) => Object.keys(span.resource)))
    expect([...names].filter((name) => /^(host|process|os|container)\./.test(name))).toEqual([])
  })
})

describe('the capture cake-bakery', () => {
  it('has consumers that start a trace of their own and link to the publishing span', () => {
    const consumers = cakes.filter((span) => span.kind === 'consumer')
    const published = new Map(cakes.filter((span) => span.kind === 'producer').map((span) => [span.spanId, span]))
    expect(consumers).toHaveLength(9)
    for (const consumer of consumers) {
      const sender = published.get(consumer.links[0]?.spanId ?? '')
      expect([consumer.parentSpanId, consumer.links.length, sender?.traceId]).toEqual([
        '',
        1,
        consumer.links[0]?.traceId,
      ])
      expect(sender?.traceId).not.toBe(consumer.traceId)
    }
  })

  it('uses the oldest messaging names', () => {
    const producer = cakes.find((span) => span.kind === 'producer')
    expect(producer?.attributes).toMatchObject({
      'messaging.destination': 'cakes',
      'messaging.rabbitmq.routing_key': 'cake.ordered',
    })
  })
})

describe('the capture bike-workshop', () => {
  it('has two sibling consumer spans for each message that Spring took', () => {
    const ofWorkshop = bikes.filter((span) => span.kind === 'consumer' && span.service === 'bike-workshop')
    const names = groupBy(ofWorkshop, (span) => span.parentSpanId).map((siblings) =>
      siblings.map((span) => span.name).toSorted(),
    )
    expect(names).toEqual(Array.from({ length: 5 }, () => ['repair.accepted process', 'workshop.repairs process']))
  })

  it('settles in traces of one span where Spring settles, inside the consumer span where the desk does', () => {
    const alone = groupBy(bikes, (span) => span.traceId)
      .filter((trace) => trace.length === 1)
      .flat()
    const settled = (service: string) => (span: CapturedSpan) =>
      span.service === service && /^basic\.n?ack$/.test(span.name)
    expect(
      alone
        .filter(settled('bike-workshop'))
        .map((span) => span.name)
        .toSorted(),
    ).toEqual(['basic.ack', 'basic.ack', 'basic.ack', 'basic.ack', 'basic.nack'])
    expect(alone.filter(settled('bike-desk'))).toEqual([])
    expect(bikes.filter(settled('bike-desk'))).toHaveLength(4)
  })

  it('uses older messaging and database names', () => {
    const row = bikes.find((span) => span.name.startsWith('INSERT'))
    const producer = bikes.find((span) => span.kind === 'producer')
    expect(row?.attributes).toMatchObject({ 'db.system': 'postgresql', 'db.operation': 'INSERT' })
    expect(producer?.attributes).toMatchObject({
      'messaging.operation': 'publish',
      'messaging.destination.name': 'repairs',
    })
  })
})
