import { randomUUID } from 'node:crypto'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib'
import { AwsInstrumentation } from '@opentelemetry/instrumentation-aws-sdk'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { createErrorType } from './error-type.ts'
import { createExportProcessors } from './exporter.ts'
import { createLeftOut } from './left-out.ts'
import { readOrderRow } from './order-row.ts'
import { createOrderStamp } from './order-stamp.ts'
import { isUntraced } from './untraced.ts'

const env = process.env
const serviceName = env.OTEL_SERVICE_NAME ?? 'unknown_service'
const given = env.OTEL_RESOURCE_ATTRIBUTES ?? ''
const instance = given.includes('service.instance.id=') ? '' : `service.instance.id=${randomUUID()}`
const version = given.includes('service.version=') ? '' : `service.version=${env.SANDBOX_VERSION ?? '1.0.0'}`
env.OTEL_RESOURCE_ATTRIBUTES = [given, version, instance].filter((part) => part !== '').join(',')
// `none` would also drop the service name; the host's own description is of no use here.
env.OTEL_NODE_RESOURCE_DETECTORS ??= 'env'
env.OTEL_METRICS_EXPORTER ??= 'none'
env.OTEL_LOGS_EXPORTER ??= 'none'

const sdk = new NodeSDK({
  spanProcessors: [createOrderStamp(serviceName), createErrorType(), createLeftOut(), ...createExportProcessors(env)],
  instrumentations: [
    new HttpInstrumentation({ ignoreIncomingRequestHook: isUntraced }),
    new UndiciInstrumentation(),
    // A poll of the database is no work for any order until a row is found: no parent, no span.
    new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true, responseHook: readOrderRow }),
    new AmqplibInstrumentation(),
    new AwsInstrumentation(),
  ],
})
sdk.start()

// Loaded by `node --import` before anything else. What is instrumented is CommonJS, patched when it is required; the modules of Node itself must be required once
// for that, and ES modules told. The loader hook that would do it in passing makes every service load everything through a second thread, a quarter of a second of it.
const require = createRequire(import.meta.url)
for (const name of ['http', 'https']) require(name)
syncBuiltinESMExports()

/** Sends the spans still waiting; the process calls it last. */
export const flushTelemetry = (): Promise<void> => sdk.shutdown()
