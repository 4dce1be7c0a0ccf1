import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import type { OtlpReceiver } from '../../../src/evidence/otlp/receiver.ts'
import { createTold, startReceiver, type Told } from './receiving.ts'

const run = promisify(execFile)
const EMIT = new URL('./emit-spans.ts', import.meta.url).pathname

interface Ids {
  readonly trace: string
  readonly server: string
  readonly consumer: string
}

/** Runs the real SDK in a process of its own, exporting to `endpoint`. */
async function emit(endpoint: string, protocol: string, more: NodeJS.ProcessEnv = {}): Promise<Ids> {
  const { stdout } = await run(process.execPath, [EMIT, 'o-1'], {
    env: {
      PATH: process.env.PATH,
      OTEL_SERVICE_NAME: 'crm-api',
      OTEL_RESOURCE_ATTRIBUTES: 'service.instance.id=crm-1,service.version=1.2.3',
      OTEL_NODE_RESOURCE_DETECTORS: 'env',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      ...more,
    },
  })
  return JSON.parse(stdout)
}

let receiver: OtlpReceiver | undefined
let told: Told
afterEach(async () => receiver?.stop())

describe('spans exported by a real SDK', () => {
  it.each([
    ['http/protobuf', 'none'],
    ['http/protobuf', 'gzip'],
    ['http/json', 'none'],
    ['http/json', 'gzip'],
    ['grpc', 'none'],
    ['grpc', 'gzip'],
  ])(
    'arrive over %s, compression %s, with their whole trace and the trace that links to it',
    async (protocol, compression) => {
      told = createTold()
      receiver = await startReceiver(told)
      receiver.claim([{ kind: 'order', value: 'o-1' }])
      const { http, grpc } = receiver.addresses()
      const ids = await emit(protocol === 'grpc' ? (grpc ?? '') : http, protocol, {
        OTEL_EXPORTER_OTLP_COMPRESSION: compression,
      })

      const spans = told.spans()
      expect(spans.map(({ span }) => span.name).sort()).toEqual([
        'mes.orders process',
        'order.take',
        'price.calculate',
        'publish orders',
      ])
      const named = (name: string) => spans.find(({ span }) => span.name === name)
      const publish = named('publish orders')
      expect(publish?.span).toMatchObject({
        traceId: ids.trace,
        parentSpanId: ids.server,
        parentIsRemote: false,
        kind: 'producer',
        status: 'unset',
        service: 'crm-api',
        instance: 'crm-api/crm-1',
        version: '1.2.3',
        scope: 'emit-spans',
        attributes: {
          'messaging.message_id': 'm-1',
          'messaging.url': 'amqp://broker:5672/',
          count: 3,
          tags: ['a', 'b'],
        },
      })
      expect(publish?.span.attributes).not.toHaveProperty('db.query.parameter.0')
      expect(publish?.keys).toEqual([
        { kind: 'trace', value: ids.trace },
        { kind: 'message', value: 'm-1' },
      ])
      expect(named('price.calculate')?.span).toMatchObject({
        status: 'error',
        statusMessage: 'no triangles',
        exceptions: [{ type: 'TypeError', message: 'no triangles' }],
      })
      expect(named('mes.orders process')?.span).toMatchObject({
        traceId: ids.consumer,
        parentSpanId: null,
        links: [{ traceId: ids.trace, spanId: publish?.span.spanId }],
      })
      const [coverage] = told.coverages
      const ends = spans.map(({ span }) => span.end).sort((a, b) => Number(a - b))
      expect(told.coverages).toHaveLength(1)
      expect(coverage).toMatchObject({
        instance: 'crm-api/crm-1',
        service: 'crm-api',
        spans: 4,
        dropped: 0,
        from: ends[0],
        to: ends[3],
      })
      expect(spans.map(({ batch }) => batch)).toEqual(spans.map(() => coverage?.id))
      expect(
        JSON.stringify(told.facts, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      ).not.toContain('emit-spans.ts')
    },
  )
})
