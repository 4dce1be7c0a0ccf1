import type { Contract } from '../../../src/contract/contract.ts'

/** What must happen to a repair: accepted at the desk, repaired in the workshop, collectable at the desk. */
export const bikeWorkshop: Contract = {
  name: 'bike-workshop',
  systems: {
    desk: { services: ['bike-desk'], owner: 'Desk team' },
    workshop: { services: ['bike-workshop'], owner: 'the mechanics' },
  },
  stages: {
    ACCEPTED: { owner: 'desk', by: 'person', within: '5 s' },
    REPAIRED: {
      owner: 'workshop',
      by: 'machine',
      within: '5 s',
      work: ['repair.work'],
      attempts: 1,
      finalErrors: ['bikes.Workshop$UnknownFault'],
    },
    COLLECTABLE: { owner: 'desk', by: 'machine', within: '5 s' },
  },
  handoffs: {
    B1: { kind: 'http', from: 'customer', to: 'desk', route: 'POST /repairs', within: '2 s' },
    B2: {
      kind: 'queue',
      from: 'desk',
      to: 'workshop',
      exchange: 'repairs',
      key: 'repair.accepted',
      queue: 'workshop.repairs',
      terminal: ['workshop.refused'],
      within: '5 s',
      context: 'continuous',
    },
    B3: {
      kind: 'queue',
      from: 'workshop',
      to: 'desk',
      exchange: 'repairs',
      key: 'repair.done',
      queue: 'desk.news',
      terminal: ['workshop.refused'],
      within: '5 s',
      context: 'continuous',
    },
  },
  flows: {
    repair: {
      bornIn: 'desk',
      path: [
        { handoff: 'B1' },
        { stage: 'ACCEPTED' },
        { handoff: 'B2' },
        { stage: 'REPAIRED' },
        { handoff: 'B3' },
        { stage: 'COLLECTABLE' },
      ],
    },
  },
  recognise: {
    span: { order: ['order.id'], status: 'order.status', reached: { 'event.name': 'order.status.changed' } },
    message: { order: ['order-id'] },
  },
  // The Java agent's own spans of statements and messages carry nothing of the workshop's.
  everySpanCarries: [],
  neverInTelemetry: [],
  placing: 'neither',
}
