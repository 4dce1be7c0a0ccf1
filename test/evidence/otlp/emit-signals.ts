import { logs, metrics, trace } from '@opentelemetry/api'
import { NodeSDK } from '@opentelemetry/sdk-node'

/**
 * A small real service that says too much: what it is given as its argument stands in a span, in a log record and in a nested value of another. And it
 * counts, as an SDK does, four spans that its own queue had no room for. Ends when all is exported.
 */
const secret = process.argv[2] ?? ''
const sdk = new NodeSDK()
sdk.start()
trace
  .getTracer('emit-signals')
  .startSpan('POST', { attributes: { 'order.id': 'o-1', 'customer.email': secret } })
  .end()
const logger = logs.getLogger('emit-signals')
logger.emit({ body: `mail sent to ${secret}` })
logger.emit({ body: 'mail sent', attributes: { recipient: secret } })
metrics
  .getMeter('emit-signals')
  .createCounter('otel.sdk.processor.span.processed')
  .add(4, { 'error.type': 'queue_full', 'otel.component.name': 'batching_span_processor/0' })
await sdk.shutdown()
