import type { Contract } from '../../src/contract/contract.ts'

/** Another order system than the reference one: flyers are ordered at the front, printed by the press and handed out at the front again. */
export const printShop: Contract = {
  name: 'print-shop',
  systems: {
    front: { services: ['front'], owner: 'Front team' },
    press: { services: ['press'], owner: 'the printers' },
  },
  stages: {
    ORDERED: { owner: 'front', by: 'person', within: '10 s' },
    PRINTED: { owner: 'press', by: 'machine', within: '2 min' },
    READY: { owner: 'front', by: 'machine', within: '10 s' },
  },
  handoffs: {
    F1: { kind: 'http', from: 'customer', to: 'front', route: 'POST /flyers', within: '5 s' },
    F2: {
      kind: 'queue',
      from: 'front',
      to: 'press',
      exchange: 'flyers',
      key: 'flyer.ordered',
      queue: 'press.flyers',
      within: '5 s',
    },
    F3: {
      kind: 'queue',
      from: 'press',
      to: 'front',
      exchange: 'flyers',
      key: 'flyer.printed',
      queue: 'front.news',
      within: '5 s',
    },
  },
  flows: {
    flyer: {
      bornIn: 'front',
      path: [
        { handoff: 'F1' },
        { stage: 'ORDERED' },
        { handoff: 'F2' },
        { stage: 'PRINTED' },
        { handoff: 'F3' },
        { stage: 'READY' },
      ],
    },
  },
  recognise: { span: { order: ['order.id'], status: 'order.status' } },
  everySpanCarries: ['order.id'],
  neverInTelemetry: [],
  placing: 'neither',
}
