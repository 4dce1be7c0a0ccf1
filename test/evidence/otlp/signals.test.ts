import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DataExposed } from '../../../src/evidence/fact.ts'
import { createSpanIntake } from '../../../src/evidence/otlp/intake.ts'
import { KEEP_DEFAULTS } from '../../../src/evidence/otlp/keep.ts'
import type { OtlpReceiver } from '../../../src/evidence/otlp/receiver.ts'
import { createPlantedRegistry, plantedIn } from '../../../src/evidence/planted.ts'
import { protobufRequest, service, spanId, traceId } from './encode.ts'
import { createTestClock, createTold, RECOGNISE, startReceiver, type Told } from './receiving.ts'

const run = promisify(execFile)
const EMIT = new URL('./emit-signals.ts', import.meta.url).pathname
const KEY = 'SYN-7F3A21BC0D'
const { email } = plantedIn(KEY)

/** Runs the real SDK in a process of its own, exporting all three signals to `endpoint`. */
const emit = (endpoint: string, protocol: string) =>
  run(process.execPath, [EMIT, email], {
    env: {
      PATH: process.env.PATH,
      OTEL_SERVICE_NAME: 'shop-api',
      OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=shop-1',
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
    },
  })

const planted = createPlantedRegistry()
let receiver: OtlpReceiver | undefined
let told: Told
const exposed = (): DataExposed[] => told.facts.filter((fact) => fact.kind === 'data-exposed')

beforeEach(() => {
  told = createTold()
  planted.add(KEY)
})
afterEach(async () => receiver?.stop())

describe('all three signals of a real SDK', () => {
  it.each(['http/protobuf', 'http/json', 'grpc'])(
    'over %s tell where a planted value came out and how many spans were lost, and the value is kept nowhere',
    async (protocol) => {
      receiver = await startReceiver(told, { planted })
      receiver.claim([{ kind: 'order', value: 'o-1' }])
      const { http, grpc } = receiver.addresses()
      await emit(protocol === 'grpc' ? (grpc ?? '') : http, protocol)

      expect(
        exposed()
          .map(({ what, by, where }) => `${by}: ${what} in ${where}`)
          .sort(),
      ).toEqual([
        'shop-api: email in log attribute recipient',
        'shop-api: email in log record',
        'shop-api: email in span attribute customer.email of "POST"',
      ])
      expect(exposed().map(({ keys }) => keys)).toEqual(Array(3).fill([{ kind: 'reference', value: KEY }]))
      expect(told.coverages.filter(({ dropped }) => dropped > 0)).toEqual([
        expect.objectContaining({
          source: 'otlp',
          service: 'shop-api',
          instance: 'shop-api/shop-1',
          spans: 0,
          dropped: 4,
        }),
      ])
      expect(told.spans()[0]?.span.attributes['customer.email']).toBe('[withheld]@example.invalid')
      const kept = JSON.stringify([told.facts, told.coverages], (_, value: unknown) =>
        typeof value === 'bigint' ? String(value) : value,
      )
      expect(kept).not.toContain(email.slice(0, 12))
    },
  )
})

describe('a planted value', () => {
  const intake = () =>
    createSpanIntake(told, {
      recognise: RECOGNISE,
      keep: KEEP_DEFAULTS,
      unclaimed: { maxBytes: 1024 * 1024, maxAgeMs: 60_000 },
      clock: createTestClock(),
      planted,
    })
  const span = (text: string) => ({ traceId: traceId(1), spanId: spanId(1), ...{ attributes: [['x', text]] as const } })

  it('in a place that is not read is still told, of the export as a whole', () => {
    const nested = { kvlist: [['mail', email]] as const }
    const body = protobufRequest([
      service('crm-api', [{ traceId: traceId(1), spanId: spanId(1), attributes: [['customer', nested]] }]),
    ])
    intake().takeProtobuf(body)
    expect(exposed()).toMatchObject([{ by: 'crm-api', what: 'email', where: 'a nested value of an export' }])
  })

  it('of an order that nobody follows is nobody’s concern', () => {
    planted.remove(KEY)
    intake().takeProtobuf(protobufRequest([service('crm-api', [span(email)])]))
    expect(exposed()).toEqual([])
  })
})

describe('an SDK’s count of lost spans', () => {
  const point = (value: number, time: number) =>
    Buffer.from(
      JSON.stringify({
        resourceMetrics: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'mes-api' } }] },
            scopeMetrics: [
              {
                metrics: [
                  {
                    name: 'otel.sdk.exporter.span.exported',
                    sum: {
                      aggregationTemporality: 2,
                      dataPoints: [
                        {
                          startTimeUnixNano: '1800000000000000000',
                          timeUnixNano: `18000000${String(time).padStart(2, '0')}000000000`,
                          asInt: String(value),
                          attributes: [{ key: 'error.type', value: { stringValue: 'timeout' } }],
                        },
                      ],
                    },
                  },
                ],
              },
            ],
          },
        ],
      }),
    )

  it('that counts from the beginning is a hole only where it has grown, between its two reports', () => {
    const intake = createSpanIntake(told, {
      recognise: RECOGNISE,
      keep: KEEP_DEFAULTS,
      unclaimed: { maxBytes: 1024, maxAgeMs: 60_000 },
      clock: createTestClock(),
    })
    for (const [value, time] of [
      [3, 10],
      [3, 20],
      [3, 20],
      [8, 30],
    ] as const)
      intake.takeMetrics('json', point(value, time))
    const seconds = (nanos: bigint) => Number(nanos - 1_800_000_000_000_000_000n) / 1e9
    expect(told.coverages.map(({ from, to, dropped }) => [seconds(from), seconds(to), dropped])).toEqual([
      [0, 10, 3],
      [20, 30, 5],
    ])
  })
})
