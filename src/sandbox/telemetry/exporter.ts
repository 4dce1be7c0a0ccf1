import { OTLPTraceExporter as GrpcExporter } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace'
import { createExportPath } from './export-path.ts'
import { sayingNames } from './wire-names.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The span exporter the standard `OTEL_*` variables ask for. Each reads endpoint, headers and compression from them itself. */
function createExporter(env: Environment): SpanExporter {
  const protocol = env.OTEL_EXPORTER_OTLP_TRACES_PROTOCOL ?? env.OTEL_EXPORTER_OTLP_PROTOCOL ?? 'http/protobuf'
  if (protocol === 'grpc') return new GrpcExporter()
  if (protocol === 'http/json') return new JsonExporter()
  return new ProtobufExporter()
}

const wholeNumber = (text: string | undefined): number | undefined => {
  const value = Number(text)
  return text === undefined || text === '' || !Number.isInteger(value) || value < 0 ? undefined : value
}

/**
 * The processors that send spans away. The SDK leaves the exporter to its caller as soon as a processor of one's own is added, so the standard
 * variables are read here; with `OTEL_TRACES_EXPORTER=none` nothing is sent.
 */
export function createExportProcessors(env: Environment): SpanProcessor[] {
  if (env.OTEL_TRACES_EXPORTER === 'none') return []
  const delay = wholeNumber(env.OTEL_BSP_SCHEDULE_DELAY)
  const batch = wholeNumber(env.OTEL_BSP_MAX_EXPORT_BATCH_SIZE)
  const queue = wholeNumber(env.OTEL_BSP_MAX_QUEUE_SIZE)
  const limit = wholeNumber(env.OTEL_BSP_EXPORT_TIMEOUT)
  return [
    new BatchSpanProcessor({
      exporter: createExportPath(sayingNames(createExporter(env))),
      ...(delay === undefined ? {} : { scheduledDelayMillis: delay }),
      ...(batch === undefined ? {} : { maxExportBatchSize: batch }),
      ...(queue === undefined ? {} : { maxQueueSize: queue }),
      ...(limit === undefined ? {} : { exportTimeoutMillis: limit }),
    }),
  ]
}
