import type { Contract, PathStep } from '../src/contract/contract.ts'
import type { DurationText } from '../src/shared/units.ts'

/** How fast the installation lives: `realistic` as in life, `fast` as the reference order system runs by default. */
export type Pace = 'fast' | 'realistic'

const MANUFACTURING = ['MANUFACTURING_STARTED', 'MANUFACTURING_COMPLETED', 'PACKAGING', 'SHIPPED'] as const

/** Each manufacturing status is an operator's act (H10); its news goes to the CRM (H11) and the order does not wait for it. */
const manufactured: readonly PathStep[] = MANUFACTURING.flatMap((status) => [
  { handoff: 'H10', status },
  { stage: status },
  { handoff: 'H11', status, branch: true },
])

/** Where shop and MES keep the model of a test order. */
const MODEL = 'synthetic/orders/{order}/'

/** Ids that are none of ours are no UUIDs: each is looked at before it is compared, so that the key's index serves. */
const OURS = `(order_id = ANY (ARRAY(SELECT CASE WHEN pg_input_is_valid(id, 'uuid') THEN id::uuid END FROM unnest($1::text[]) AS id))
  OR external_reference = ANY ($2::text[]))`
const HISTORY =
  'ARRAY(SELECT h.status FROM order_history h WHERE h.order_id = orders.order_id ORDER BY h.entry) AS history'
const COLUMNS = { order: 'order_id', reference: 'external_reference', status: 'status', history: 'history' } as const
const SHOP_ROW = `SELECT order_id, external_reference, status, price_cents, model_sha256, model_type, item, ${HISTORY}
  FROM orders WHERE ${OURS}`

const sold: readonly PathStep[] = [
  { stage: 'PRICE_CALCULATED' },
  { handoff: 'H7' },
  { handoff: 'H8' },
  { stage: 'MANUFACTURING_APPROVED' },
  { handoff: 'H9' },
  ...manufactured,
  { handoff: 'H12' },
  { stage: 'CLOSED' },
]

/**
 * What must happen to an order of the jewelry maker: both flows, ten statuses, hand-offs H1 to H12 and P1, P2.
 * Shop and CRM share the Shop DB: what the CRM has written there is in the Shop DB, so the CRM stands for both as a mirror.
 */
export function jewelry(pace: Pace = 'fast'): Contract {
  const at = (fast: DurationText, realistic: DurationText): DurationText => (pace === 'fast' ? fast : realistic)
  const link = at('8 s', '30 s')
  return {
    name: 'jewelry',
    systems: {
      shop: { services: ['shop-api'], owner: 'Shop team' },
      crm: { services: ['crm-api'], owner: 'CRM team' },
      mes: { services: ['mes-api'], owner: 'Manufacturing IT' },
      carrier: { services: ['carrier'], owner: 'the carrier' },
      'shop-db': { services: [], owner: 'Shop team' },
      'mes-db': { services: [], owner: 'Manufacturing IT' },
      storage: { services: [], owner: 'Platform team' },
    },
    stages: {
      INITIATED: { owner: 'shop', by: 'person', asked: 'POST /api/orders', within: at('15 s', '5 min') },
      FILE_UPLOADED: {
        owner: 'shop',
        by: 'person',
        asked: 'PUT /api/orders/{order}/model',
        within: at('15 s', '10 min'),
      },
      SUBMITTED: {
        owner: 'shop',
        mirrors: ['crm', 'mes'],
        by: 'person',
        asked: 'POST /api/orders/{order}/submit',
        within: at('15 s', '10 min'),
      },
      PRICE_CALCULATED: {
        owner: 'mes',
        mirrors: ['crm'],
        by: 'machine',
        warn: at('6 s', '3 min'),
        within: at('15 s', '30 min'),
        work: ['price.calculate'],
        attempts: 3,
        finalErrors: ['UnreadableModel'],
        result: 'price',
      },
      MANUFACTURING_APPROVED: { owner: 'crm', mirrors: ['mes'], by: 'person', within: at('20 s', '8 h') },
      MANUFACTURING_STARTED: { owner: 'mes', mirrors: ['crm'], by: 'person', within: at('20 s', '2 d') },
      MANUFACTURING_COMPLETED: { owner: 'mes', mirrors: ['crm'], by: 'person', within: at('20 s', '10 d') },
      PACKAGING: { owner: 'mes', mirrors: ['crm'], by: 'person', within: at('20 s', '2 d') },
      SHIPPED: { owner: 'mes', mirrors: ['crm'], by: 'person', within: at('20 s', '2 d') },
      CLOSED: { owner: 'crm', by: 'person', within: at('20 s', '14 d') },
    },
    handoffs: {
      H1: { kind: 'http', from: 'customer', to: 'shop', route: 'POST /api/orders', within: at('10 s', '30 s') },
      H2: {
        kind: 'storage',
        from: 'shop',
        to: 'storage',
        bucket: 'models',
        operation: 'put',
        object: MODEL,
        within: at('10 s', '10 min'),
      },
      H3: { kind: 'shared-database', from: 'shop', to: 'shop-db', table: 'orders', operation: 'write', within: link },
      H4: {
        kind: 'shared-database',
        from: 'shop-db',
        to: 'crm',
        table: 'orders',
        operation: 'read',
        within: link,
        context: 'linked',
      },
      H5: {
        kind: 'queue',
        from: 'crm',
        to: 'mes',
        exchange: 'orders',
        key: 'order.submitted',
        queue: 'mes.orders',
        retry: ['mes.orders.retry', 'mes.orders.retry-last'],
        terminal: ['orders.dead'],
        within: link,
        context: 'continuous',
      },
      H6: {
        kind: 'storage',
        from: 'mes',
        to: 'storage',
        bucket: 'models',
        operation: 'get',
        object: MODEL,
        within: at('10 s', '2 min'),
      },
      H7: {
        kind: 'queue',
        from: 'mes',
        to: 'crm',
        exchange: 'manufacturing',
        key: 'order.status.price_calculated',
        queue: 'crm.statuses',
        retry: ['crm.statuses.retry', 'crm.statuses.retry-last'],
        terminal: ['orders.dead'],
        within: link,
        context: 'continuous',
      },
      H8: {
        kind: 'person',
        from: 'seller',
        to: 'crm',
        route: 'POST /api/orders/{order}/approve',
        within: at('10 s', '8 h'),
      },
      H9: {
        kind: 'queue',
        from: 'crm',
        to: 'mes',
        exchange: 'orders',
        key: 'order.approved',
        queue: 'mes.approvals',
        retry: ['mes.approvals.retry', 'mes.approvals.retry-last'],
        terminal: ['orders.dead'],
        within: link,
        context: 'continuous',
      },
      H10: {
        kind: 'person',
        from: 'operator',
        to: 'mes',
        carries: MANUFACTURING,
        within: at('10 s', '2 d'),
        route: {
          MANUFACTURING_STARTED: 'POST /api/orders/{order}/take',
          MANUFACTURING_COMPLETED: 'POST /api/orders/{order}/complete',
          PACKAGING: 'POST /api/orders/{order}/pack',
          SHIPPED: 'POST /api/orders/{order}/ship',
        },
      },
      H11: {
        kind: 'queue',
        from: 'mes',
        to: 'crm',
        exchange: 'manufacturing',
        carries: MANUFACTURING,
        queue: 'crm.statuses',
        key: {
          MANUFACTURING_STARTED: 'order.status.manufacturing_started',
          MANUFACTURING_COMPLETED: 'order.status.manufacturing_completed',
          PACKAGING: 'order.status.packaging',
          SHIPPED: 'order.status.shipped',
        },
        retry: ['crm.statuses.retry', 'crm.statuses.retry-last'],
        terminal: ['orders.dead'],
        within: link,
        context: 'continuous',
      },
      H12: { kind: 'http', from: 'carrier', to: 'crm', route: 'POST /api/deliveries', within: at('10 s', '1 d') },
      P1: { kind: 'http', from: 'partner', to: 'mes', route: 'POST /partner/orders', within: at('10 s', '10 min') },
      P2: {
        kind: 'queue',
        from: 'mes',
        to: 'crm',
        exchange: 'manufacturing',
        key: 'partner.order.created',
        queue: 'crm.partner-orders',
        retry: ['crm.partner-orders.retry', 'crm.partner-orders.retry-last'],
        terminal: ['orders.dead'],
        within: link,
        context: 'continuous',
      },
    },
    flows: {
      customer: {
        bornIn: 'shop',
        path: [
          { handoff: 'H1' },
          { stage: 'INITIATED' },
          { handoff: 'H2' },
          { stage: 'FILE_UPLOADED' },
          { handoff: 'H3' },
          { stage: 'SUBMITTED' },
          { handoff: 'H4' },
          { handoff: 'H5' },
          { handoff: 'H6' },
          ...sold,
        ],
      },
      partner: {
        bornIn: 'mes',
        stages: { SUBMITTED: { owner: 'mes', mirrors: ['crm'], asked: 'POST /partner/orders' } },
        path: [{ handoff: 'P1' }, { stage: 'SUBMITTED' }, { handoff: 'P2', branch: true }, { handoff: 'H6' }, ...sold],
      },
    },
    recognise: {
      span: {
        order: ['order.id'],
        reference: ['order.reference'],
        status: 'order.status',
        reached: { 'event.name': 'order.status.changed' },
      },
      message: { order: ['order-id'], mark: ['synthetic'] },
      mark: ['synthetic'],
    },
    everySpanCarries: ['order.id', 'order.status', 'enduser.id', 'component', 'event.name'],
    neverInTelemetry: ['customer.name', 'customer.email', 'customer.phone'],
    placing: 'findable',
    rows: {
      shop: {
        database: 'shop-db',
        query: SHOP_ROW,
        columns: {
          ...COLUMNS,
          content: { price: 'price_cents', model: 'model_sha256', type: 'model_type', item: 'item' },
        },
      },
      // The CRM reads and writes the same rows, but knows an order only once it has taken it.
      crm: {
        database: 'shop-db',
        query: `${SHOP_ROW} AND taken_at IS NOT NULL`,
        columns: {
          ...COLUMNS,
          content: { price: 'price_cents', model: 'model_sha256', type: 'model_type', item: 'item' },
        },
      },
      mes: {
        database: 'mes-db',
        query: `SELECT order_id, external_reference, status, price_cents, model_sha256, model_type, ${HISTORY}
  FROM orders WHERE ${OURS}`,
        columns: { ...COLUMNS, content: { price: 'price_cents', model: 'model_sha256', type: 'model_type' } },
      },
    },
    views: {
      "the seller's list": {
        system: 'crm',
        path: '/',
        shows: 'PRICE_CALCULATED',
        until: 'MANUFACTURING_APPROVED',
        handoff: 'H8',
        within: link,
        entry: 'tr[data-order="{order}"]',
        // Without its price an order cannot be approved.
        text: String.raw`\d\.\d\d`,
      },
      "the operators' first page": {
        system: 'mes',
        path: '/',
        shows: 'MANUFACTURING_APPROVED',
        until: 'MANUFACTURING_STARTED',
        handoff: 'H9',
        within: link,
        entry: 'tr[data-order="{order}"]',
      },
    },
    content: { fixed: ['model', 'type', 'item'] },
    telemetry: {
      settle: '10 s',
      driftPpm: 100,
      serverSpansCarry: ['http.response.status_code'],
      errorSpansCarry: ['error.type', 'exception.message'],
      fileSpansCarry: ['file.size', 'file.type'],
    },
  }
}
