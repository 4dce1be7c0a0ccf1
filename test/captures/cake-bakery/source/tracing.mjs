import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { NodeSDK } from '@opentelemetry/sdk-node'

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url)

const orderOfMessage = (properties) => ({
  'order.id': properties.headers?.['order-id'],
  'enduser.id': properties.headers?.['customer-id'],
  'event.name': properties.type,
})

const sdk = new NodeSDK({
  instrumentations: [
    new HttpInstrumentation(),
    new AmqplibInstrumentation({
      useLinksForConsume: true,
      publishHook: (span, { options }) => void span.setAttributes(orderOfMessage(options ?? {})),
      consumeHook: (span, { msg }) => void span.setAttributes(orderOfMessage(msg.properties)),
    }),
  ],
})
sdk.start()

export const stopTracing = () => sdk.shutdown()

/** Marks the active span as one of this order. */
export function mark(cake, event) {
  trace.getActiveSpan()?.setAttributes({
    'order.id': cake.id,
    'order.status': cake.status,
    'enduser.id': cake.customer,
    'event.name': event,
  })
}

const projectFolder = fileURLToPath(new URL('../../../../', import.meta.url))

/** Runs `work` in a span of this order; a failure marks the span and goes on its way. */
export function inSpan(name, attributes, work) {
  return trace.getTracer('cakes', '1.0.0').startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span)
    } catch (error) {
      // Where the program lies on its machine is nobody's business.
      const stack = error.stack?.replaceAll(projectFolder, '')
      span.recordException({ name: error.name, message: error.message, stack })
      span.setAttribute('error.type', error.name)
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
      throw error
    } finally {
      span.end()
    }
  })
}

/** Sets a status in the system's own view, in the span that says so. */
export function setStatus(cake, status) {
  const attributes = {
    'order.id': cake.id,
    'order.status': status,
    'enduser.id': cake.customer,
    'event.name': 'order.status.changed',
  }
  return inSpan(`order.status ${status}`, attributes, async () => {
    cake.status = status
  })
}
