import { trace } from '@opentelemetry/api'
import { type Logger, pino } from 'pino'

export type Log = Logger

/** JSON lines on standard error, each with the trace and span it was written under; standard output belongs to the ready line. */
export function createLog(service: string): Log {
  return pino(
    {
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      mixin: () => {
        const active = trace.getActiveSpan()?.spanContext()
        return active === undefined ? {} : { trace_id: active.traceId, span_id: active.spanId }
      },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
