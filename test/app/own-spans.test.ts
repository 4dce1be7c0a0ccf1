import { afterEach, describe, expect, it } from 'vitest'
import { createOwnSpans } from '../../src/app/own-spans.ts'
import type { Fact, StatusAnswered } from '../../src/evidence/fact.ts'
import { createOtlpReceiver, type OtlpReceiver } from '../../src/evidence/otlp/receiver.ts'
import type { EvidenceSink } from '../../src/evidence/ports.ts'
import { createMonitorClock } from '../../src/shared/clock.ts'
import { Secret } from '../../src/shared/secret.ts'

const clock = createMonitorClock()
const TRACE = '0af7651916cd43dd8448eb211c80319c'
const SPAN = 'b7ad6b7169203331'

let backend: OtlpReceiver | undefined
afterEach(() => backend?.stop())

const sinkInto = (facts: Fact[]): EvidenceSink => ({
  fact: (fact) => facts.push(fact),
  condition: () => {},
  coverage: () => {},
})

const answered = (): StatusAnswered => {
  const now = clock.now()
  return {
    id: 'status-api:shop:1',
    source: 'status-api',
    kind: 'status-answered',
    at: { clock: 'monitor', earliest: now, latest: now },
    seenAt: now,
    keys: [],
    system: 'shop',
    status: 'SUBMITTED',
    history: null,
    poll: { traceId: TRACE, spanId: SPAN },
  }
}

describe('the monitor’s own questions', () => {
  it('are told to the trace backend with the ids they were asked under', async () => {
    const arrived: Fact[] = []
    const token = new Secret('of the backend')
    backend = createOtlpReceiver({
      http: { host: '127.0.0.1', port: 0 },
      grpc: null,
      token,
      unclaimed: { maxBytes: 1_000_000, maxAgeMs: 60_000 },
      recognise: { span: { order: ['order.id'], status: 'order.status' } },
      clock,
    })
    await backend.start(sinkInto(arrived))
    backend.claim([{ kind: 'trace', value: TRACE }])
    const passed: Fact[] = []
    const headers = { authorization: new Secret(`Bearer ${token.reveal()}`) }
    const own = createOwnSpans({ url: backend.addresses().http, headers }, sinkInto(passed))
    own.sink.fact(answered())
    await own.stop()
    expect(passed.map(({ id }) => id)).toEqual(['status-api:shop:1'])
    expect(arrived).toMatchObject([
      {
        kind: 'span-ended',
        span: { traceId: TRACE, spanId: SPAN, parentSpanId: null, kind: 'client', service: 'waybill-monitor' },
      },
    ])
  })

  it('go nowhere where no backend is named, and still count as evidence', async () => {
    const passed: Fact[] = []
    const own = createOwnSpans(null, sinkInto(passed))
    own.sink.fact(answered())
    await own.stop()
    expect(passed).toHaveLength(1)
  })
})
