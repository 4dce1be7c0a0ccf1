import { type Link, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'

/**
 * A small real service: the OpenTelemetry SDK with the exporter its `OTEL_*` environment names. It leaves three spans in one trace and
 * one in another that only links to it, prints their ids as JSON, and ends when all are exported.
 */
const sdk = new NodeSDK()
sdk.start()
const tracer = trace.getTracer('emit-spans')

const ids = tracer.startActiveSpan(
  'order.take',
  { kind: SpanKind.SERVER, attributes: { 'order.id': process.argv[2] ?? '' } },
  (server) => {
    const publish = tracer.startSpan('publish orders', {
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.message_id': 'm-1',
        'messaging.url': 'amqp://user:***@broker:5672/?frameMax=1',
        'db.query.parameter.0': 'Ada Lovelace',
        count: 3,
        tags: ['a', 'b'],
      },
    })
    publish.end()
    const failed = tracer.startSpan('price.calculate')
    failed.recordException(new TypeError('no triangles'))
    failed.setStatus({ code: SpanStatusCode.ERROR, message: 'no triangles' })
    failed.end()
    server.end()
    const links: Link[] = [{ context: publish.spanContext() }]
    const consumer = tracer.startSpan('mes.orders process', { kind: SpanKind.CONSUMER, root: true, links })
    consumer.end()
    return {
      trace: server.spanContext().traceId,
      server: server.spanContext().spanId,
      consumer: consumer.spanContext().traceId,
    }
  },
)

await sdk.shutdown()
process.stdout.write(`${JSON.stringify(ids)}\n`)
