import type { Contract } from '../../../src/contract/contract.ts'

/** What must happen to a cake: ordered at the web store, baked at the bakery, ready at the store again. */
export const cakeBakery: Contract = {
  name: 'cake-bakery',
  systems: {
    store: { services: ['web-store'], owner: 'Store team' },
    bakery: { services: ['bakery'], owner: 'the bakers' },
  },
  stages: {
    ORDERED: { owner: 'store', by: 'person', within: '5 s' },
    BAKED: {
      owner: 'bakery',
      by: 'machine',
      within: '5 s',
      work: ['cake.bake'],
      attempts: 1,
      finalErrors: ['UnknownFlavour'],
    },
    READY: { owner: 'store', by: 'machine', within: '5 s' },
  },
  handoffs: {
    C1: { kind: 'http', from: 'customer', to: 'store', route: 'POST /cakes', within: '2 s' },
    C2: {
      kind: 'queue',
      from: 'store',
      to: 'bakery',
      exchange: 'cakes',
      key: 'cake.ordered',
      queue: 'bakery.orders',
      terminal: ['bakery.refused'],
      within: '5 s',
      context: 'linked',
    },
    C3: {
      kind: 'queue',
      from: 'bakery',
      to: 'store',
      exchange: 'cakes',
      key: 'cake.baked',
      queue: 'store.news',
      terminal: ['bakery.refused'],
      within: '5 s',
      context: 'linked',
    },
  },
  flows: {
    cake: {
      bornIn: 'store',
      path: [
        { handoff: 'C1' },
        { stage: 'ORDERED' },
        { handoff: 'C2' },
        { stage: 'BAKED' },
        { handoff: 'C3' },
        { stage: 'READY' },
      ],
    },
  },
  recognise: {
    span: { order: ['order.id'], status: 'order.status', reached: { 'event.name': 'order.status.changed' } },
    message: { order: ['order-id'] },
  },
  everySpanCarries: ['order.id', 'enduser.id'],
  neverInTelemetry: [],
  placing: 'neither',
}
