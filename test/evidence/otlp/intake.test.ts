import { beforeEach, describe, expect, it } from 'vitest'
import type { Key } from '../../../src/evidence/keys.ts'
import { createSpanIntake, type IntakeOptions, type SpanIntake } from '../../../src/evidence/otlp/intake.ts'
import { KEEP_DEFAULTS } from '../../../src/evidence/otlp/keep.ts'
import {
  jsonRequest,
  protobufRequest,
  type ResourceInput,
  type SpanInput,
  START,
  service,
  spanId,
  traceId,
} from './encode.ts'
import { createTestClock, createTold, RECOGNISE, type TestClock, type Told } from './receiving.ts'

let told: Told
let clock: TestClock

function createIntake(options: Partial<IntakeOptions> = {}): SpanIntake {
  return createSpanIntake(told, {
    recognise: RECOGNISE,
    keep: KEEP_DEFAULTS,
    unclaimed: { maxBytes: 1024 * 1024, maxAgeMs: 60_000 },
    clock,
    ...options,
  })
}

const toldInOrder = () => toldIds().sort(([, a = 0], [, b = 0]) => a - b)

beforeEach(() => {
  told = createTold()
  clock = createTestClock()
})

const order = (value: string): Key => ({ kind: 'order', value })
const trace = (n: number): Key => ({ kind: 'trace', value: traceId(n) })
/** A span n of trace t. */
const span = (t: number, n: number, more: Partial<SpanInput> = {}): SpanInput => ({
  traceId: traceId(t),
  spanId: spanId(n),
  ...more,
})
const linkTo = (t: number): Partial<SpanInput> => ({ links: [{ traceId: traceId(t), spanId: spanId(1) }] })
const ofOrder = (value: string): Partial<SpanInput> => ({ attributes: [['order.id', value]] })
const send = (intake: SpanIntake, ...spans: SpanInput[]) =>
  intake.takeProtobuf(protobufRequest([service('crm-api', spans)]))
const toldIds = () =>
  told.spans().map(({ span: { traceId, spanId } }) => [Number.parseInt(traceId, 16), Number.parseInt(spanId, 16)])

describe('a span belongs to a claimed order', () => {
  it('by its trace', () => {
    const intake = createIntake()
    intake.claim([trace(1)])
    send(intake, span(1, 1), span(2, 2))
    expect(toldIds()).toEqual([[1, 1]])
  })

  it.each<[string, Key, string, string | number | string[]]>([
    ['order id', order('o-1'), 'order.id', 'o-1'],
    ['order id written as a number', order('42'), 'order.id', 42],
    ['order id among several', order('o-2'), 'order.id', ['o-1', 'o-2']],
    ['external reference', { kind: 'reference', value: 'SYN-1' }, 'order.reference', 'SYN-1'],
    ['message id', { kind: 'message', value: 'm-1' }, 'messaging.message.id', 'm-1'],
    ['message id by its old name', { kind: 'message', value: 'm-1' }, 'messaging.message_id', 'm-1'],
    ['correlation id', { kind: 'correlation', value: 'c-1' }, 'messaging.message.conversation_id', 'c-1'],
    ['correlation id by its old name', { kind: 'correlation', value: 'c-1' }, 'messaging.conversation_id', 'c-1'],
  ])('by its %s, whether claimed before or after it came', (_, key, name, value) => {
    const early = createIntake()
    early.claim([key])
    send(
      early,
      span(1, 1, {
        attributes: [
          ['component', 'x'],
          [name, value],
        ],
      }),
      span(2, 2),
    )
    const late = createIntake()
    send(late, span(1, 3, { attributes: [[name, value]] }), span(2, 4))
    late.claim([key])
    expect(toldIds()).toEqual([
      [1, 1],
      [1, 3],
    ])
    expect(told.facts[0]?.keys).toContainEqual(key)
  })

  it('by an attribute of its resource', () => {
    const intake = createIntake()
    intake.claim([order('o-1')])
    intake.takeProtobuf(
      protobufRequest([
        {
          resource: [
            ['order.id', 'o-1'],
            ['service.name', 'job'],
          ],
          spans: [span(1, 1)],
        },
      ]),
    )
    expect(toldIds()).toEqual([[1, 1]])
    expect(told.facts[0]?.keys).toEqual([trace(1), order('o-1')])
  })

  it('by an attribute of another name not at all', () => {
    const intake = createIntake()
    intake.claim([order('o-1')])
    send(
      intake,
      span(1, 1, {
        attributes: [
          ['orders.id', 'o-1'],
          ['order.no', 'o-1'],
        ],
      }),
    )
    expect(toldIds()).toEqual([])
  })

  it('with its whole trace: what came before in the same request, in earlier ones, and what comes after', () => {
    const intake = createIntake()
    intake.claim([order('o-1')])
    send(intake, span(1, 1))
    send(intake, span(1, 2), span(1, 3, ofOrder('o-1')), span(1, 4))
    send(intake, span(1, 5))
    expect(toldInOrder()).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [1, 4],
      [1, 5],
    ])
    expect(intake.counts()).toMatchObject({ waitingSpans: 0, waitingBytes: 0 })
  })

  it('by a link to a claimed trace, in one request in either order', () => {
    const intake = createIntake()
    intake.claim([order('o-1')])
    send(intake, span(3, 3, linkTo(2)), span(2, 2, linkTo(1)), span(1, 1, ofOrder('o-1')))
    expect(toldInOrder()).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
  })

  it('by a link from a claimed trace, before and after it came', () => {
    const intake = createIntake()
    send(intake, span(1, 1))
    intake.claim([order('o-1')])
    send(intake, span(2, 2, { ...ofOrder('o-1'), ...linkTo(1) }))
    send(intake, span(3, 3, { ...ofOrder('o-1'), ...linkTo(4) }))
    send(intake, span(4, 4))
    expect(toldIds()).toEqual([
      [2, 2],
      [1, 1],
      [3, 3],
      [4, 4],
    ])
  })

  it('until it is released; then it waits again like any other', () => {
    const intake = createIntake()
    intake.claim([order('o-1')])
    send(intake, span(1, 1, ofOrder('o-1')))
    intake.release([order('o-1')])
    send(intake, span(1, 2, ofOrder('o-1')))
    expect(toldIds()).toEqual([[1, 1]])
    expect(intake.counts().waitingSpans).toBe(1)
  })

  it('as long as one of two holders of its trace is left', () => {
    const intake = createIntake()
    intake.claim([order('o-1'), trace(9)], 'first')
    intake.claim([order('o-2'), trace(9)], 'second')
    intake.release([order('o-1'), trace(9)], 'first')
    send(intake, span(9, 1), span(8, 2, ofOrder('o-1')))
    intake.release([order('o-2'), trace(9)], 'second')
    send(intake, span(9, 3))
    expect(toldIds()).toEqual([[9, 1]])
  })

  it('but a loop that links to very many traces does not drag them all in', () => {
    const intake = createIntake()
    intake.claim([trace(1)])
    send(intake, ...Array.from({ length: 100 }, (_, n) => span(1000 + n, n + 1)))
    send(
      intake,
      span(1, 500, {
        links: Array.from({ length: 100 }, (_, n) => ({ traceId: traceId(1000 + n), spanId: spanId(1) })),
      }),
    )
    expect(toldIds()).toHaveLength(17)
    expect(intake.counts().unfollowedLinks).toBe(84)
  })
})

describe('a span told', () => {
  it('comes once, however often it is exported; the first telling stands', () => {
    const intake = createIntake()
    intake.claim([trace(1)])
    send(intake, span(1, 1, { name: 'first' }))
    send(intake, span(1, 1, { name: 'second' }), span(1, 1, { name: 'third' }))
    expect(told.spans().map((fact) => fact.span.name)).toEqual(['first'])
    expect(intake.counts().duplicates).toBe(2)
  })

  it('keeps the time it arrived when it is claimed later', () => {
    const intake = createIntake()
    const arrived = clock.now()
    send(intake, span(1, 1))
    clock.forward(5000)
    intake.claim([trace(1)])
    expect(told.spans()[0]).toMatchObject({
      seenAt: arrived,
      id: `otlp:${traceId(1)}:${spanId(1)}`,
      batch: told.coverages[0]?.id,
    })
  })

  it.each([
    ['protobuf', (intake: SpanIntake, resources: ResourceInput[]) => intake.takeProtobuf(protobufRequest(resources))],
    ['json', (intake: SpanIntake, resources: ResourceInput[]) => intake.takeJson(jsonRequest(resources))],
  ])('is read alike from %s, and nothing is kept that must stay outside', (_, take) => {
    const intake = createIntake()
    intake.claim([order('o-1')])
    const kept: SpanInput['attributes'] = [
      ['order.id', 'o-1'],
      ['order.id', 'o-2'],
      ['__proto__', 'harmless'],
      ['big', 2n ** 62n],
      ['negative', -5],
      ['ratio', 0.5],
      ['yes', true],
      ['list', ['a', 1, true, ['nested']]],
      ['map', { kvlist: [['secret', 'x']] }],
      ['long', 'x'.repeat(5000)],
      ['db.query.text', 'S'.repeat(5000)],
      ['db.query.parameter.0', 'Ada'],
      ['url.full', 'https://ada:pw@shop/orders?email=ada@example.org#top'],
      ['http.request.body.content', 'Ada'],
      ['http.request.body.size', 12],
    ]
    const events = [
      {
        name: 'exception',
        attributes: [
          ['exception.type', 'E'],
          ['exception.message', 'no'],
          ['exception.stacktrace', 'at Ada'],
        ] as const,
      },
      { name: 'log', attributes: [] },
    ]
    take(intake, [
      service('crm-api', [
        span(1, 1, {
          parentSpanId: spanId(7),
          kind: 5,
          attributes: kept,
          events,
          status: { code: 2, message: 'bad' },
          flags: 0x301,
          ...linkTo(2),
        }),
      ]),
    ])
    expect(told.spans()[0]?.span).toEqual({
      traceId: traceId(1),
      spanId: spanId(1),
      parentSpanId: spanId(7),
      parentIsRemote: true,
      links: [{ traceId: traceId(2), spanId: spanId(1) }],
      kind: 'consumer',
      name: 'span',
      start: START,
      end: START + 1_000_000n,
      status: 'error',
      statusMessage: 'bad',
      attributes: Object.fromEntries([
        ['order.id', 'o-1'],
        ['__proto__', 'harmless'],
        ['big', '4611686018427387904'],
        ['negative', -5],
        ['ratio', 0.5],
        ['yes', true],
        ['list', ['a', 1, true]],
        ['long', 'x'.repeat(2048)],
        ['db.query.text', 'S'.repeat(300)],
        ['url.full', 'https://shop/orders'],
        ['http.request.body.size', 12],
      ]),
      exceptions: [{ type: 'E', message: 'no', at: START }],
      service: 'crm-api',
      instance: 'crm-api/1',
      version: null,
      scope: 'test',
    })
  })

  it.each<[string, [string, string | number][], string]>([
    [
      'its instance id',
      [
        ['service.name', 'a'],
        ['service.instance.id', 'x'],
        ['host.name', 'h'],
        ['process.pid', 7],
      ],
      'a/x',
    ],
    [
      'host and process',
      [
        ['service.name', 'a'],
        ['host.name', 'h'],
        ['process.pid', 7],
      ],
      'a/h:7',
    ],
    [
      'nothing but its service',
      [
        ['service.name', 'a'],
        ['host.name', 'h'],
      ],
      'a/unknown',
    ],
    ['nothing at all', [], 'unknown_service/unknown'],
  ])('names its instance by %s', (_, resource, instance) => {
    const intake = createIntake()
    intake.claim([trace(1)])
    intake.takeProtobuf(protobufRequest([{ resource, spans: [span(1, 1)] }]))
    expect(told.spans()[0]?.span.instance).toBe(instance)
    expect(told.facts[0]?.at.clock).toBe(instance)
  })

  it.each<[string, bigint, bigint, bigint, bigint]>([
    ['an end before its start', START, START - 5n, START, START],
    ['no start', 0n, START, START, START],
    ['no end', START, 0n, START, START],
    ['times past the year 2262', 2n ** 64n - 1n, 2n ** 64n - 1n, 2n ** 63n - 1n, 2n ** 63n - 1n],
  ])('has sane times in spite of %s', (_, start, end, wantedStart, wantedEnd) => {
    const intake = createIntake()
    intake.claim([trace(1)])
    send(intake, span(1, 1, { start, end }))
    expect(told.spans()[0]?.span).toMatchObject({ start: wantedStart, end: wantedEnd })
    expect(intake.counts().adjusted).toBe(1)
  })
})

describe('coverage', () => {
  it('is told of every instance in a request, claimed or not, and spans the ends of its spans', () => {
    const intake = createIntake()
    const at = (n: bigint) => ({ start: START, end: START + n })
    intake.takeProtobuf(
      protobufRequest([
        service('crm-api', [span(1, 1, at(30n)), span(1, 2, at(10n))]),
        service('mes-api', [span(2, 3, at(5n))]),
        service('crm-api', [span(3, 4, at(20n))]),
      ]),
    )
    expect(told.coverages).toMatchObject([
      {
        source: 'otlp',
        service: 'crm-api',
        instance: 'crm-api/1',
        from: START + 10n,
        to: START + 30n,
        seenAt: clock.now(),
        spans: 3,
        dropped: 0,
      },
      { service: 'mes-api', instance: 'mes-api/1', from: START + 5n, to: START + 5n, spans: 1, dropped: 0 },
    ])
    expect(new Set(told.coverages.map(({ id }) => id)).size).toBe(2)
    expect(told.coverages[0]?.id).toMatch(/^otlp:crm-api\/1:/)
  })

  it('is told of services outside the contract only with their claimed spans', () => {
    const intake = createIntake({ services: ['crm-api'] })
    intake.takeProtobuf(protobufRequest([service('crm-api', [span(1, 1)]), service('billing', [span(2, 2)])]))
    expect(told.coverages.map(({ service: name }) => name)).toEqual(['crm-api'])
    intake.claim([trace(2)])
    expect(told.coverages.map(({ service: name }) => name)).toEqual(['crm-api', 'billing'])
    expect(told.spans()[0]?.batch).toBe(told.coverages[1]?.id)
  })

  it('counts refused spans of an instance as dropped, and vouches for nothing by a time a day ahead', () => {
    const intake = createIntake()
    const taken = send(intake, span(1, 0), span(1, 1, { start: START * 2n, end: START * 2n }), span(0, 2), span(1, 3))
    expect(taken).toEqual({ rejected: 2, why: 'A span has no valid span id.' })
    expect(told.coverages).toMatchObject([{ from: START + 1_000_000n, to: START + 1_000_000n, spans: 2, dropped: 2 }])
  })

  it('never repeats the ids of an earlier receiver', () => {
    send(createIntake(), span(1, 1))
    send(createIntake(), span(1, 1))
    expect(told.coverages[0]?.id).not.toBe(told.coverages[1]?.id)
  })
})

describe('the unclaimed buffer', () => {
  it('stays within its bytes, forgets the oldest first, and says so as a hole', () => {
    const intake = createIntake({ unclaimed: { maxBytes: 100_000, maxAgeMs: 60_000 } })
    for (let n = 1; n <= 2000; n++) {
      send(intake, span(n, n, { start: START + BigInt(n), end: START + BigInt(n) }))
      expect(intake.counts().waitingBytes).toBeLessThanOrEqual(100_000)
    }
    const { waitingSpans, crowdedOut, spans } = intake.counts()
    expect(waitingSpans).toBeGreaterThan(50)
    expect(waitingSpans + crowdedOut).toBe(spans)
    const holes = told.coverages.filter(({ dropped }) => dropped > 0)
    expect(holes.reduce((sum, { dropped }) => sum + dropped, 0)).toBe(crowdedOut)
    expect(holes[0]).toMatchObject({ instance: 'crm-api/1', spans: 0, dropped: 1, from: START + 1n, to: START + 1n })
    intake.claim([trace(1), trace(2000)])
    expect(toldIds()).toEqual([[2000, 2000]])
  })

  it("forgets by age; the hole is told when the trace turns out to be an order's after all", () => {
    const intake = createIntake()
    send(intake, span(1, 1), span(2, 2))
    clock.forward(61_000)
    intake.forget()
    expect(intake.counts()).toMatchObject({ agedOut: 2, waitingSpans: 0, waitingBytes: 0 })
    expect(told.coverages.filter(({ dropped }) => dropped > 0)).toEqual([])
    intake.claim([trace(1)])
    expect(told.coverages.filter(({ dropped }) => dropped > 0)).toMatchObject([
      { instance: 'crm-api/1', from: START + 1_000_000n, dropped: 1, seenAt: clock.now() },
    ])
  })

  it('keeps what is still young', () => {
    const intake = createIntake()
    send(intake, span(1, 1))
    clock.forward(40_000)
    send(intake, span(1, 2))
    clock.forward(40_000)
    intake.forget()
    intake.claim([trace(1)])
    expect(toldIds()).toEqual([[1, 2]])
  })

  it('takes a request larger than itself as a hole, not as a fault', () => {
    const intake = createIntake({ unclaimed: { maxBytes: 1000, maxAgeMs: 60_000 } })
    intake.claim([trace(1)])
    send(intake, span(1, 1), ...Array.from({ length: 20 }, (_, n) => span(100 + n, n + 2)))
    expect(toldIds()).toEqual([[1, 1]])
    expect(intake.counts()).toMatchObject({ crowdedOut: 20, waitingBytes: 0 })
  })
})
