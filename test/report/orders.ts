import type { Finding } from '../../src/diagnosis/finding.ts'
import type { Evaluation } from '../../src/diagnosis/verdict.ts'
import type { WatchedOrder } from '../../src/evidence/evidence.ts'
import type { Hop, Moment, StageReading } from '../../src/journey/journey.ts'
import { type Decision, verdictDocument } from '../../src/report/verdict-document.ts'
import type { VerdictDocument } from '../../src/report/verdict-schema.ts'
import { fromMs, nanos, plus, type UnixNanos, unixNanos } from '../../src/shared/units.ts'

/** 2026-11-21T15:02:06.118Z. */
const START: UnixNanos = unixNanos(1_795_273_326_118_000_000n)

const after = (ms: number): UnixNanos => plus(START, fromMs(ms))

const moment = (ms: number, plusMinusMs = 0.4): Moment => ({
  best: after(ms),
  earliest: after(ms - plusMinusMs),
  latest: after(ms + plusMinusMs),
})

export const stage = (
  name: string,
  system: string,
  ms: number | null,
  over: Partial<StageReading> = {},
): StageReading => ({
  stage: name,
  system,
  state: ms === null ? 'waiting' : 'reached',
  at: ms === null ? null : moment(ms),
  witnesses: ms === null ? [] : ['otlp', 'status-api'],
  mirrors: [],
  by: 'machine',
  ...over,
})

const hop = (id: string, from: string, to: string, startMs: number, ms: number, over: Partial<Hop> = {}): Hop => ({
  id,
  handoff: id.split('/')[0] ?? id,
  status: id.split('/')[1] ?? null,
  kind: 'http',
  from,
  to,
  state: 'crossed',
  branch: false,
  startedAt: moment(startMs),
  latency: fromMs(ms),
  plusMinus: fromMs(1.25),
  context: 'continuous',
  witnesses: ['otlp'],
  segments: [{ kind: 'transfer', system: to, time: fromMs(ms) }],
  ...over,
})

const work = (system: string, id: string, startMs: number, ms: number): Hop =>
  hop(`${system} after ${id}`, system, system, startMs, ms, {
    handoff: null,
    status: null,
    kind: 'work',
    context: 'none',
    segments: [{ kind: 'processing', system, time: fromMs(ms) }],
  })

const order: WatchedOrder = {
  key: 'SYN-20261121-0001',
  flow: 'customer',
  probe: 'shop-web',
  run: 'run-1',
  until: null,
  enteredAt: START,
  placeWithinMs: 30_000,
}

const STATUSES = [
  ['INITIATED', 'shop', 2],
  ['FILE_UPLOADED', 'shop', 66],
  ['SUBMITTED', 'shop', 242],
  ['PRICE_CALCULATED', 'mes', 800],
  ['MANUFACTURING_APPROVED', 'crm', 1000],
  ['MANUFACTURING_STARTED', 'mes', 1200],
  ['MANUFACTURING_COMPLETED', 'mes', 1400],
  ['PACKAGING', 'mes', 1600],
  ['SHIPPED', 'mes', 1800],
  ['CLOSED', 'crm', 2410],
] as const

const HOPS: readonly Hop[] = [
  hop('H1', 'customer', 'shop', 0, 2),
  work('shop', 'H1', 2, 3),
  hop('H2', 'shop', 'storage', 5, 61, { kind: 'storage' }),
  hop('H3', 'shop', 'shop-db', 240, 2, { kind: 'shared-database' }),
  hop('H4', 'shop-db', 'crm', 242, 180.123456, {
    kind: 'shared-database',
    context: 'linked',
    segments: [
      { kind: 'database', system: 'shop-db', time: nanos(180_000_001n) },
      { kind: 'processing', system: 'crm', time: nanos(123_455n) },
    ],
  }),
  hop('H5', 'crm', 'mes', 422, 12, {
    kind: 'queue',
    segments: [{ kind: 'queue', system: 'rabbitmq', time: fromMs(12) }],
  }),
  hop('H6', 'mes', 'storage', 440, 20, { kind: 'storage' }),
  work('mes', 'H6', 460, 340),
  hop('H7', 'mes', 'crm', 800, 9, { kind: 'queue' }),
  hop('H8', 'seller', 'crm', 900, 100, {
    kind: 'person',
    segments: [{ kind: 'person', system: 'seller', time: fromMs(100) }],
  }),
  hop('H9', 'crm', 'mes', 1000, 8, { kind: 'queue', context: 'lost' }),
  hop('H12', 'carrier', 'crm', 1900, 510),
]

const evaluation: Evaluation = {
  journey: {
    flow: 'customer',
    orderIds: ['7f3a21c0'],
    traceIds: ['0af7651916cd43dd8448eb211c80319c'],
    placedAt: after(242),
    stages: STATUSES.map(([name, system, ms]) =>
      stage(
        name,
        system,
        ms,
        name === 'SUBMITTED'
          ? { mirrors: [{ system: 'crm', state: 'reached', at: moment(ms + 14), witnesses: ['otlp'] }] }
          : {},
      ),
    ),
    hops: HOPS,
    clocks: [{ instance: 'mes-api/3f2a', offset: fromMs(-90_000.4), plusMinus: fromMs(1.6) }],
  },
  findings: [],
  unchecked: [],
  verdict: 'passed',
  state: 'final',
  reason: 'All 10 stages were reached in 2.41 s.',
  lastFactSeenAt: after(2500),
  wakeAt: null,
  awaiting: [],
}

const rejected: Finding = {
  code: 'processing-failed',
  class: 'work',
  severity: 'broken',
  handoff: 'H5',
  stage: null,
  message: 'The order message was rejected by MES API between CRM and MES (H5, queue mes.orders) at 15:02:06.690.',
  owner: 'Manufacturing IT',
  hint: 'Read the exception, mend the model check, move the message back from orders.dead.',
  detectedAt: after(572),
  evidence: [
    {
      source: 'otlp',
      at: after(572),
      what: 'mes-api, span "mes.orders process": InvalidModel: no triangles',
      ref: 'otlp:1:2',
    },
  ],
  explains: [{ code: 'stage-overdue', stage: 'PRICE_CALCULATED', handoff: null }],
}

const healthyDecision: Decision = { order, evaluation, decidedAt: after(2810), revision: 1, sources: [] }

/** An order that went well, as a decision and as a document. */
export const healthy = { decision: healthyDecision, document: verdictDocument(healthyDecision) }

const brokenDecision: Decision = {
  ...healthyDecision,
  evaluation: {
    ...evaluation,
    journey: {
      ...evaluation.journey,
      stages: STATUSES.map(([name, system, ms]) => stage(name, system, ms <= 242 ? ms : null)),
      hops: HOPS.slice(0, 6).map((it) =>
        it.id === 'H5' ? { ...it, state: 'broken', latency: null, plusMinus: null, segments: [] } : it,
      ),
    },
    findings: [rejected],
    unchecked: [{ code: 'span-missing', handoff: null, stage: 'SUBMITTED', why: 'no coverage of crm-api' }],
    verdict: 'broken',
    reason: rejected.message,
  },
}

/** An order that stopped at H5, as a decision and as a document. */
export const broken = { decision: brokenDecision, document: verdictDocument(brokenDecision) }

/** The document with some fields otherwise. */
export const changed = (document: VerdictDocument, over: Partial<VerdictDocument>): VerdictDocument => ({
  ...document,
  ...over,
})
