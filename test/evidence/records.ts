import type { EvidenceRecord } from '../../src/evidence/evidence.ts'
import type { StatusAnswered } from '../../src/evidence/fact.ts'
import type { Span } from '../../src/evidence/span.ts'
import { unixNanos } from '../../src/shared/units.ts'

const T0 = 1_795_000_000_123_456_789n

/** A span with every field filled, to be changed by the test. */
const aSpan = (over: Partial<Span> = {}): Span => ({
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  parentSpanId: '00f067aa0ba902b7',
  parentIsRemote: true,
  links: [{ traceId: '1af7651916cd43dd8448eb211c80319c', spanId: 'c7ad6b7169203331' }],
  kind: 'server',
  name: 'PUT /api/orders/{orderId}/model',
  start: unixNanos(T0),
  end: unixNanos(T0 + 1_000_001n),
  status: 'error',
  statusMessage: 'no space left',
  attributes: { 'order.id': '42', 'file.size': 284_411, synthetic: true, parts: ['a', 'b'] },
  exceptions: [{ type: 'StorageFull', message: 'no space left', at: unixNanos(T0 + 5n) }],
  service: 'shop-api',
  instance: 'shop-api/3f2a',
  version: '1.2.3',
  scope: '@opentelemetry/instrumentation-http',
  ...over,
})

/** A record that holds a span. */
export const spanRecord = (id: string, over: Partial<Span> = {}): EvidenceRecord => ({
  type: 'fact',
  record: {
    id,
    source: 'otlp',
    kind: 'span-ended',
    at: { clock: 'shop-api/3f2a', earliest: unixNanos(T0), latest: unixNanos(T0 + 1n) },
    seenAt: unixNanos(T0 + 2_000_000n),
    keys: [{ kind: 'order', value: '42' }],
    span: aSpan(over),
    batch: 'otlp:shop-api/3f2a:1',
  },
})

/** A record of an answer of a status API. */
export const answerRecord = (id: string, over: Partial<StatusAnswered> = {}): EvidenceRecord => ({
  type: 'fact',
  record: {
    id,
    source: 'status-api',
    kind: 'status-answered',
    at: { clock: 'monitor', earliest: unixNanos(T0), latest: unixNanos(T0 + 3_000_000n) },
    seenAt: unixNanos(T0 + 3_000_000n),
    keys: [{ kind: 'order', value: '42' }],
    system: 'mes',
    status: 'SUBMITTED',
    history: ['SUBMITTED'],
    poll: { traceId: '2af7651916cd43dd8448eb211c80319c', spanId: 'd7ad6b7169203331' },
    ...over,
  },
})

const common = (id: string) => ({
  id,
  at: { clock: 'monitor', earliest: unixNanos(T0), latest: unixNanos(T0 + 1n) },
  seenAt: unixNanos(T0 + 1n),
  keys: [{ kind: 'order' as const, value: '42' }],
})

/** One record of every kind there is. */
export const oneOfEachKind: readonly EvidenceRecord[] = [
  spanRecord('f1'),
  answerRecord('f2'),
  answerRecord('f3', { status: null, history: null, poll: null }),
  {
    type: 'fact',
    record: {
      ...common('f4'),
      source: 'status-api',
      kind: 'status-unavailable',
      system: 'crm',
      why: 'refused',
      detail: 'nothing listens',
      poll: null,
    },
  },
  {
    type: 'fact',
    record: {
      ...common('f5'),
      source: 'probe',
      kind: 'request-made',
      by: 'customer',
      system: 'shop',
      method: 'POST',
      path: '/api/orders',
      httpStatus: null,
      failure: 'timeout',
      span: null,
    },
  },
  {
    type: 'fact',
    record: {
      ...common('f6'),
      source: 'probe',
      kind: 'step-taken',
      step: 'upload',
      by: 'customer',
      outcome: 'done',
      detail: null,
    },
  },
  { type: 'fact', record: { ...common('f7'), source: 'probe', kind: 'order-placed', orderId: '42' } },
  {
    type: 'fact',
    record: { ...common('f8'), source: 'probe', kind: 'probe-ended', outcome: 'killed', detail: 'SIGKILL' },
  },
  {
    type: 'condition',
    record: {
      id: 'c1',
      source: 'status-api',
      kind: 'system-unreachable',
      subject: 'crm',
      from: unixNanos(T0),
      to: unixNanos(T0 + 9n),
    },
  },
  {
    type: 'coverage',
    record: {
      id: 'v1',
      source: 'otlp',
      service: 'mes-api',
      instance: 'mes-api/1',
      from: unixNanos(T0),
      to: unixNanos(T0 + 9n),
      seenAt: unixNanos(T0 + 10n),
      spans: 12,
      dropped: 0,
    },
  },
]

/** Text that breaks careless stores: NUL, a lone surrogate, line ends, a megabyte, a name every object has. */
export const hostileRecords: readonly EvidenceRecord[] = [
  spanRecord('nul\u0000id', { name: 'a\u0000b', instance: '\u0000' }),
  spanRecord('lone \ud800 id', { name: 'half \udc00 pair \ud83d', statusMessage: '\ud800' }),
  spanRecord('lone \ud801 id', { name: 'another id that differs by its surrogate alone' }),
  spanRecord('lines\n\r\n\u2028\u2029\u0085', { name: '"}\n{"schema":"waybill.evidence/1"}' }),
  spanRecord('m'.repeat(1_000_000), { name: 'n'.repeat(1_000_000), attributes: { big: '€'.repeat(1_000_000) } }),
  spanRecord('numbers', { attributes: { a: Number.NaN, b: [Infinity, -Infinity], c: -0, d: 2 ** 60, e: '$number' } }),
  spanRecord('proto', {
    attributes: Object.fromEntries([
      ['__proto__', 'x'],
      ['constructor', 1],
      ['', ''],
    ]),
  }),
]
