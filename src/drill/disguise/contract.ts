import type { Contract, PathStep, QueueHandoff } from '../../contract/contract.ts'
import { ATELIER_ROW, COLUMNS, COUNTER_ROW, OFFICE_ROW } from './queries.ts'

const BENCH = ['ON_BENCH', 'FINISHED', 'BOXED', 'DISPATCHED'] as const
const MOULD = 'trial/moulds/{order}/'
const LINK = '8 s'

const made: readonly PathStep[] = BENCH.flatMap((status) => [
  { handoff: 'K10', status },
  { stage: status },
  { handoff: 'K11', status, branch: true },
])

const sold: readonly PathStep[] = [
  { stage: 'QUOTED' },
  { handoff: 'K7' },
  { handoff: 'K8' },
  { stage: 'RELEASED' },
  { handoff: 'K9' },
  ...made,
  { handoff: 'K12' },
  { stage: 'SETTLED' },
]

const queue = (
  name: string,
  more: Pick<QueueHandoff, 'from' | 'to' | 'exchange' | 'key' | 'carries'>,
): QueueHandoff => ({
  kind: 'queue',
  ...more,
  queue: name,
  retry: [`${name}.nap`, `${name}.long-nap`],
  terminal: ['q-graveyard'],
  within: LINK,
  context: 'continuous',
})

const content = { price: 'amount_due', model: 'mould_digest', type: 'mould_kind' }

/**
 * What must happen to an order of the reference order system when it runs under other names (`--disguise`). Written out by itself: a drill with it shows that
 * what is said of an order is known from the contract alone.
 */
export const disguised = (): Contract => ({
  name: 'workshop',
  systems: {
    counter: { services: ['counter-svc'], owner: 'Front office' },
    office: { services: ['backoffice-svc'], owner: 'Back office' },
    atelier: { services: ['atelier-svc'], owner: 'The goldsmiths' },
    courier: { services: ['courier-gw'], owner: 'the courier' },
    'counter-store': { services: [], owner: 'Front office' },
    'atelier-store': { services: [], owner: 'The goldsmiths' },
    vault: { services: [], owner: 'Operations' },
  },
  stages: {
    DRAFTED: { owner: 'counter', by: 'person', asked: 'POST /v3/consignments', within: '15 s' },
    MOULD_RECEIVED: { owner: 'counter', by: 'person', asked: 'PUT /v3/consignments/{order}/mould', within: '15 s' },
    LODGED: {
      owner: 'counter',
      mirrors: ['office', 'atelier'],
      by: 'person',
      asked: 'POST /v3/consignments/{order}/lodge',
      within: '15 s',
    },
    QUOTED: {
      owner: 'atelier',
      mirrors: ['office'],
      by: 'machine',
      warn: '6 s',
      within: '15 s',
      work: ['quote.reckon'],
      attempts: 3,
      finalErrors: ['MouldRejected'],
      result: 'price',
    },
    RELEASED: { owner: 'office', mirrors: ['atelier'], by: 'person', within: '20 s' },
    ON_BENCH: { owner: 'atelier', mirrors: ['office'], by: 'person', within: '20 s' },
    FINISHED: { owner: 'atelier', mirrors: ['office'], by: 'person', within: '20 s' },
    BOXED: { owner: 'atelier', mirrors: ['office'], by: 'person', within: '20 s' },
    DISPATCHED: { owner: 'atelier', mirrors: ['office'], by: 'person', within: '20 s' },
    SETTLED: { owner: 'office', by: 'person', within: '20 s' },
  },
  handoffs: {
    K1: { kind: 'http', from: 'buyer', to: 'counter', route: 'POST /v3/consignments', within: '10 s' },
    K2: {
      kind: 'storage',
      from: 'counter',
      to: 'vault',
      bucket: 'vault',
      operation: 'put',
      object: MOULD,
      within: '10 s',
    },
    K3: {
      kind: 'shared-database',
      from: 'counter',
      to: 'counter-store',
      table: 'consignments',
      operation: 'write',
      within: LINK,
    },
    K4: {
      kind: 'shared-database',
      from: 'counter-store',
      to: 'office',
      table: 'consignments',
      operation: 'read',
      within: LINK,
      context: 'linked',
    },
    K5: queue('q-bench-intake', { from: 'office', to: 'atelier', exchange: 'sales.desk', key: 'job.lodged' }),
    K6: {
      kind: 'storage',
      from: 'atelier',
      to: 'vault',
      bucket: 'vault',
      operation: 'get',
      object: MOULD,
      within: '10 s',
    },
    K7: queue('q-desk-progress', { from: 'atelier', to: 'office', exchange: 'bench.news', key: 'job.phase.quoted' }),
    K8: {
      kind: 'person',
      from: 'clerk',
      to: 'office',
      route: 'POST /v3/consignments/{order}/clear',
      within: '10 s',
    },
    K9: queue('q-bench-clearance', { from: 'office', to: 'atelier', exchange: 'sales.desk', key: 'job.cleared' }),
    K10: {
      kind: 'person',
      from: 'goldsmith',
      to: 'atelier',
      carries: BENCH,
      within: '10 s',
      route: {
        ON_BENCH: 'POST /v3/consignments/{order}/pick',
        FINISHED: 'POST /v3/consignments/{order}/finish',
        BOXED: 'POST /v3/consignments/{order}/box',
        DISPATCHED: 'POST /v3/consignments/{order}/dispatch',
      },
    },
    K11: queue('q-desk-progress', {
      from: 'atelier',
      to: 'office',
      exchange: 'bench.news',
      carries: BENCH,
      key: {
        ON_BENCH: 'job.phase.on_bench',
        FINISHED: 'job.phase.finished',
        BOXED: 'job.phase.boxed',
        DISPATCHED: 'job.phase.dispatched',
      },
    }),
    K12: { kind: 'http', from: 'courier', to: 'office', route: 'POST /v3/arrivals', within: '10 s' },
    T1: { kind: 'http', from: 'trader', to: 'atelier', route: 'POST /trade/consignments', within: '10 s' },
    T2: queue('q-desk-trade', { from: 'atelier', to: 'office', exchange: 'bench.news', key: 'trade.job.opened' }),
  },
  flows: {
    walkIn: {
      bornIn: 'counter',
      path: [
        { handoff: 'K1' },
        { stage: 'DRAFTED' },
        { handoff: 'K2' },
        { stage: 'MOULD_RECEIVED' },
        { handoff: 'K3' },
        { stage: 'LODGED' },
        { handoff: 'K4' },
        { handoff: 'K5' },
        { handoff: 'K6' },
        ...sold,
      ],
    },
    trade: {
      bornIn: 'atelier',
      stages: { LODGED: { owner: 'atelier', mirrors: ['office'], asked: 'POST /trade/consignments' } },
      path: [{ handoff: 'T1' }, { stage: 'LODGED' }, { handoff: 'T2', branch: true }, { handoff: 'K6' }, ...sold],
    },
  },
  recognise: {
    span: {
      order: ['consignment.docket'],
      reference: ['consignment.your_ref'],
      status: 'consignment.phase',
      reached: { deed: 'job.phase.moved' },
    },
    message: { order: ['job-no'], mark: ['trial'] },
    mark: ['trial'],
  },
  everySpanCarries: ['consignment.docket', 'consignment.phase', 'actor.no', 'unit', 'deed'],
  neverInTelemetry: ['buyer.fullName', 'buyer.mail', 'buyer.tel'],
  placing: 'findable',
  rows: {
    counter: {
      database: 'counter-store',
      query: COUNTER_ROW,
      columns: { ...COLUMNS, content: { ...content, item: 'piece' } },
    },
    office: {
      database: 'counter-store',
      query: OFFICE_ROW,
      columns: { ...COLUMNS, content: { ...content, item: 'piece' } },
    },
    atelier: { database: 'atelier-store', query: ATELIER_ROW, columns: { ...COLUMNS, content } },
  },
  views: {
    "the clerk's list": {
      system: 'office',
      path: '/',
      shows: 'QUOTED',
      until: 'RELEASED',
      handoff: 'K8',
      within: LINK,
      entry: 'tr[data-docket="{order}"]',
      text: String.raw`\d\.\d\d`,
    },
    'the bench list': {
      system: 'atelier',
      path: '/',
      shows: 'RELEASED',
      until: 'ON_BENCH',
      handoff: 'K9',
      within: LINK,
      entry: 'tr[data-docket="{order}"]',
    },
  },
  content: { fixed: ['model', 'type', 'item'] },
  telemetry: {
    settle: '10 s',
    driftPpm: 100,
    serverSpansCarry: ['http.response.status_code'],
    errorSpansCarry: ['error.type', 'exception.message'],
    fileSpansCarry: ['mould.bytes', 'mould.kind'],
  },
})
