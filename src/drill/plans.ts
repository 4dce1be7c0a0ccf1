import { fileURLToPath } from 'node:url'
import type { Row } from './row.ts'

/** What the drill must know of a row beyond its fault and the finding it must cause. */
export type Plan = Partial<Omit<Row, 'fault'>>

const probeFile = (name: string): string => fileURLToPath(new URL(`./probes/${name}.probe.ts`, import.meta.url))

/** A failure whose type and message a span must carry. */
const WITH_A_FAILURE: Plan = { alongside: ['price-fails-once'] }
/** Trouble of the monitor's own while everything else proves the order. */
const ORDER_STAYS_PASSED: Plan = { verdicts: ['passed'] }
const BY_SPANS: Plan = { provenBy: [['otlp']] }
const BY_BROKER: Plan = { provenBy: [['rabbitmq']] }
/** What is broken is the source itself. */
const BY_STATUS_API: Plan = { provenBy: [['status-api']] }
/** That a system's spans do not come shows by the questions it answers. */
const BY_ANSWERS_WITHOUT_SPANS: Plan = { provenBy: [['otlp', 'status-api']] }

/** Two looks that get no answer, each as long as a look may take. */
const HANGING_LOOKS_MS = 2 * 3_000

/**
 * How faults are played that want more than one order from beginning to end; a fault with several plans has a row for each. A fault that is not named here is
 * played with the usual story of the flow its hand-off belongs to.
 */
export const PLANS: Readonly<Record<string, readonly Plan[]>> = {
  'shop-create-hangs': [{ story: 'customer with little patience' }],
  'shop-answers-too-late': [{ story: 'customer orders again after a timeout' }],
  'shop-db-locked': [{}, { after: 'FILE_UPLOADED', at: 'H3' }],
  'orders-consumed-in-one-span': [{ scope: 'process', strangers: 3 }],
  'mes-acknowledges-late': [
    { scope: 'process', cell: { consumerTimeoutMs: 1_000 }, story: 'customer with a heavy model' },
  ],
  'mes-down': [
    {},
    { after: 'PRICE_CALCULATED', at: 'H9' },
    { after: 'MANUFACTURING_APPROVED', at: 'H10', finding: 'processing-failed' },
  ],
  'statuses-queue-purged': [{}, { after: 'MANUFACTURING_APPROVED', at: 'H11' }],
  'statuses-consumer-down': [BY_BROKER, { ...BY_BROKER, after: 'MANUFACTURING_APPROVED', at: 'H11' }],
  'statuses-queue-unbound': [{ after: 'MANUFACTURING_APPROVED' }],
  'approvals-consumer-down': [{ ...BY_BROKER, after: 'PRICE_CALCULATED' }],
  // A heavy model, so that there is time while it is priced.
  'order-deleted-in-mes': [{ story: 'customer with a heavy model' }],
  // Only the rows of this system tell what was ordered.
  'order-changed-by-hand': [{ story: 'customer with a heavy model', provenBy: [['postgres']] }],
  'price-not-shown': [{ story: 'seller waits for the page' }],
  'seller-list-stale': [{ story: 'seller waits for the page' }],
  'operators-page-stale': [{ story: 'operator waits for the page' }],
  'operators-page-hangs': [
    { after: 'PRICE_CALCULATED', story: 'operator waits for the page', limitMs: 3_000 + HANGING_LOOKS_MS },
  ],
  // As long as one message is not settled, a queue's total says of no other that it is.
  'mes-never-settles': [{ apart: true }],
  'mes-never-settles-approval': [{ apart: true }],
  'mes-clock-steps': [{ scope: 'process' }],
  'mes-db-refuses': [{ after: 'MANUFACTURING_STARTED' }],
  'mes-db-set-back': [{ after: 'MANUFACTURING_STARTED', mending: { atStage: 'MANUFACTURING_COMPLETED' } }],
  'personal-data-in-spans': [BY_SPANS],
  'personal-data-in-url': [BY_SPANS],
  'personal-data-in-headers': [{ provenBy: [['rabbitmq']] }],
  'price-throws': [BY_SPANS],
  // Nothing is published, and no person is answered: only a span tells that the work was done.
  'price-not-stored': [
    {
      provenBy: [
        ['otlp', 'status-api'],
        ['otlp', 'postgres'],
      ],
    },
  ],
  // The receiver runs: only the broker tells that nobody takes its messages.
  'orders-consumer-down': [BY_BROKER],
  'orders-consumer-hangs': [BY_BROKER],
  'model-unreadable': [BY_SPANS],
  'model-asked-wrongly': [BY_SPANS],
  'mes-lacks-error-type': [WITH_A_FAILURE],
  'mes-lacks-error-details': [WITH_A_FAILURE],
  // The order has its verdict before what is late could have come: late and gone look alike.
  'mes-telemetry-late': [{ ...ORDER_STAYS_PASSED, ...BY_ANSWERS_WITHOUT_SPANS, orElse: ['evidence-unavailable'] }],
  'mes-exporter-frozen': [{ ...ORDER_STAYS_PASSED, ...BY_ANSWERS_WITHOUT_SPANS, orElse: ['evidence-late'] }],
  // A batch holds spans of every order the process works on.
  'mes-batch-lost': [{ apart: true, verdicts: ['passed', 'degraded'] }],
  'mes-sampled-away': [BY_ANSWERS_WITHOUT_SPANS],
  'status-api-nonsense': [{ ...ORDER_STAYS_PASSED, ...BY_STATUS_API }],
  'status-api-refuses': [{ ...ORDER_STAYS_PASSED, ...BY_STATUS_API }],
}

/** Rows without a fault of the order system: people and probes that err, and what must not be called broken. */
export const OTHER_ROWS: readonly (Plan & Pick<Row, 'id'> & Partial<Pick<Row, 'fault'>>)[] = [
  { id: 'operator-forgets-to-pack', finding: 'stage-overdue', at: 'H10', story: 'operator forgets to pack' },
  { id: 'operator-forgets-to-send', finding: 'stage-overdue', at: 'H10', story: 'operator forgets to send' },
  { id: 'probe-looks-for-the-wrong-thing', finding: 'probe-failed', at: 'monitor', probe: probeFile('wrong-selector') },
  { id: 'probe-is-killed', finding: 'probe-failed', at: 'monitor', probe: probeFile('is-killed') },
  { id: 'harmless: a person takes long', story: 'seller takes an hour' },
  { id: 'harmless: pages are looked at', story: 'customer', cell: 'looks-at-pages' },
  { id: 'harmless: closed by hand', story: 'seller closes by hand' },
  { id: 'harmless: a ring built in the shop', story: 'customer builds the ring' },
  { id: 'harmless: a heavy model', story: 'customer with a heavy model' },
  { id: 'harmless: tries fail until mended', fault: 'price-throws', scope: 'order', mending: { afterFailures: 1 } },
  { id: 'harmless: a short deploy', fault: 'mes-down', scope: 'process', mending: { afterMs: 2_000 } },
  {
    id: 'harmless: a consumer away for a moment',
    fault: 'orders-consumer-down',
    scope: 'process',
    mending: { afterMs: 2_000 },
  },
  { id: 'harmless: a queue full of other people’s messages', scope: 'process', strangers: 40 },
]
