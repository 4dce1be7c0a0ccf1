import type { Secret } from '../../shared/secret.ts'
import type { SpanRef } from '../span.ts'

/** Headers of a question of ours: what the system wants, a sampled trace of its own, and the synthetic mark. */
export function pollHeaders(own: Readonly<Record<string, Secret>> | undefined, poll: SpanRef): Record<string, string> {
  const wanted = Object.entries(own ?? {}).map(([name, value]) => [name.toLowerCase(), value.reveal()])
  return {
    accept: 'application/json',
    'user-agent': 'waybill-monitor',
    ...Object.fromEntries(wanted),
    traceparent: `00-${poll.traceId}-${poll.spanId}-01`,
    baggage: 'synthetic=1',
  }
}
