import { branch, contract, crossing, http, queue, stage } from 'waybill/contract'

/** What must happen to a cake: ordered at the store, baked at the bakery, shown as baked at the store. */
export default contract({
  name: 'cakes',
  systems: {
    store: { services: ['cake-store'], owner: 'Store team' },
    bakery: { services: ['bakery-api'], owner: 'Bakery IT' },
  },
  stages: {
    ORDERED: { owner: 'store', by: 'person', within: '30 s' },
    BAKED: { owner: 'bakery', mirrors: ['store'], by: 'machine', warn: '20 min', within: '1 h', work: ['cake.bake'] },
  },
  handoffs: {
    C1: http({ from: 'customer', to: 'store', route: 'POST /api/cakes', within: '10 s' }),
    C2: queue({
      from: 'store',
      to: 'bakery',
      exchange: 'cakes',
      key: 'cake.ordered',
      queue: 'bakery.cakes',
      terminal: ['cakes.dead'],
      within: '30 s',
      context: 'continuous',
    }),
    C3: queue({
      from: 'bakery',
      to: 'store',
      exchange: 'cakes',
      key: 'cake.baked',
      queue: 'store.news',
      terminal: ['cakes.dead'],
      within: '30 s',
      context: 'linked',
    }),
  },
  flows: {
    cake: { bornIn: 'store', path: [crossing('C1'), stage('ORDERED'), crossing('C2'), stage('BAKED'), branch('C3')] },
  },
  recognise: {
    span: { order: ['cake.id'], status: 'cake.status', reached: { 'event.name': 'cake.status.changed' } },
    message: { order: ['cake-id'] },
  },
  everySpanCarries: ['cake.id'],
  neverInTelemetry: ['customer.name', 'customer.email'],
  placing: 'neither',
})
