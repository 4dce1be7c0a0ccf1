import { describe, expect, it } from 'vitest'
import type { Contract } from '../../src/contract/contract.ts'
import { branch, contract, crossing, http, queue, stage } from '../../src/contract/define.ts'
import { parseContract } from '../../src/contract/parse.ts'
import { WaybillError } from '../../src/shared/errors.ts'

const bakery: Contract = contract({
  name: 'bakery',
  systems: { till: { services: ['till'] }, oven: { services: ['oven'], owner: 'Bakers' } },
  stages: {
    ORDERED: { owner: 'till', mirrors: ['oven'], within: '1 s' },
    BAKED: { owner: 'oven', within: '10 min', warn: '5 min', by: 'machine' },
  },
  handoffs: {
    A: http({ from: 'customer', to: 'till', route: 'POST /orders', within: '1 s' }),
    B: queue({ from: 'till', to: 'oven', exchange: 'orders', key: 'new', queue: 'oven.orders', within: '2 s' }),
    C: queue({
      from: 'oven',
      to: 'till',
      exchange: 'orders',
      key: { BAKED: 'baked' },
      queue: 'till.news',
      within: '2 s',
      carries: ['BAKED'],
    }),
  },
  flows: {
    counter: {
      bornIn: 'till',
      path: [crossing('A'), stage('ORDERED'), crossing('B'), stage('BAKED'), branch('C', 'BAKED')],
    },
  },
  recognise: { span: { order: ['order.id'], status: 'order.status' } },
  everySpanCarries: ['order.id'],
  neverInTelemetry: [],
  placing: 'findable',
})

const refusal = (input: unknown): WaybillError => {
  try {
    parseContract(input, 'bakery.contract.ts')
  } catch (error) {
    if (error instanceof WaybillError) return error
    throw error
  }
  throw new Error('the contract was accepted')
}

describe('a contract', () => {
  it('comes back as it was written when nothing is wrong', () => {
    expect(parseContract(bakery)).toEqual(bakery)
  })

  it('reports wrong shapes and wrong references together, each with path, expected and found', () => {
    const error = refusal({
      ...bakery,
      stages: {
        ...bakery.stages,
        ORDERED: { ...bakery.stages.ORDERED, mirrors: ['cellar'] },
        BAKED: { ...bakery.stages.BAKED, within: '10 minutes', colour: 'brown' },
      },
      handoffs: { ...bakery.handoffs, A: { ...bakery.handoffs.A, route: 'orders' } },
    })
    expect(error.code).toBe('bad-contract')
    const sentence = error.sentence()
    expect(sentence).toContain('bakery.contract.ts: 4 mistakes:')
    expect(sentence).toContain('stages.BAKED.within: expected a duration such as')
    expect(sentence).toContain('found "10 minutes"')
    expect(sentence).toContain('stages.BAKED.colour: expected no such key, found it')
    expect(sentence).toContain('stages.ORDERED.mirrors[0]: expected one of the systems till, oven, found "cellar"')
    expect(sentence).toContain(
      'handoffs.A.route: expected a method and a path such as "POST /api/orders/{order}", found "orders"',
    )
  })

  const { A: _, ...withoutA } = bakery.handoffs
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['a path over a hand-off that is not there', { ...bakery, handoffs: withoutA }, 'flows.counter.path[0].handoff'],
    [
      'a path through a stage that is not there',
      { ...bakery, flows: { counter: { bornIn: 'till', path: [{ stage: 'SOLD' }] } } },
      'flows.counter.path[0].stage: expected one of the stages ORDERED, BAKED, found "SOLD"',
    ],
    [
      'a crossing with a status the hand-off does not carry',
      { ...bakery, flows: { counter: { bornIn: 'till', path: [stage('ORDERED'), crossing('C', 'ORDERED')] } } },
      'flows.counter.path[1].status: expected one of BAKED, found "ORDERED"',
    ],
    [
      'a stage visited twice',
      { ...bakery, flows: { counter: { bornIn: 'till', path: [stage('ORDERED'), stage('ORDERED')] } } },
      'expected each stage once, found ORDERED twice',
    ],
    [
      'an order born nowhere',
      { ...bakery, flows: { counter: { bornIn: 'cellar', path: [stage('ORDERED')] } } },
      'flows.counter.bornIn: expected one of the systems till, oven',
    ],
    [
      'a warning after the deadline',
      { ...bakery, stages: { ...bakery.stages, BAKED: { owner: 'oven', within: '1 s', warn: '2 s' } } },
      'stages.BAKED.warn: expected less than within (1 s)',
    ],
    [
      'an unknown kind of hand-off',
      { ...bakery, handoffs: { ...bakery.handoffs, B: { kind: 'pigeon' } } },
      "handoffs.B.kind: expected 'http' | 'person'",
    ],
    ['no contract at all', undefined, 'it: expected a value of type object, found nothing'],
    [
      'a step that is neither stage nor crossing',
      { ...bakery, flows: { counter: { bornIn: 'till', path: [{}] } } },
      'flows.counter.path[0]',
    ],
  ]
  it.each(cases)('refuses %s', (_title, input, wanted) => {
    expect(refusal(input).sentence()).toContain(wanted)
  })
})
