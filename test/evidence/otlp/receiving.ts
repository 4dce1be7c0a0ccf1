import type { Recognise } from '../../../src/contract/contract.ts'
import type { Coverage } from '../../../src/evidence/coverage.ts'
import type { Fact, SpanEnded } from '../../../src/evidence/fact.ts'
import { createOtlpReceiver, type OtlpOptions, type OtlpReceiver } from '../../../src/evidence/otlp/receiver.ts'
import type { EvidenceSink } from '../../../src/evidence/ports.ts'
import type { Clock } from '../../../src/shared/clock.ts'
import { fromEpochMs, fromMs, plus } from '../../../src/shared/units.ts'

export const RECOGNISE: Recognise = {
  span: { order: ['order.id'], reference: ['order.reference'], status: 'order.status' },
}

/** A sink that keeps everything it is told. */
export interface Told extends EvidenceSink {
  readonly facts: Fact[]
  readonly coverages: Coverage[]
  /** The spans told, in order. */
  spans(): SpanEnded[]
}

export function createTold(): Told {
  const facts: Fact[] = []
  const coverages: Coverage[] = []
  return {
    facts,
    coverages,
    fact: (fact) => void facts.push(fact),
    condition: () => undefined,
    coverage: (coverage) => void coverages.push(coverage),
    spans: () => facts.filter((fact) => fact.kind === 'span-ended'),
  }
}

/** A clock the test moves. */
export interface TestClock extends Clock {
  forward(ms: number): void
}

export function createTestClock(): TestClock {
  let now = fromEpochMs(1_800_000_000_000)
  return {
    now: () => now,
    forward: (ms) => {
      now = plus(now, fromMs(ms))
    },
  }
}

const OPTIONS: Omit<OtlpOptions, 'clock'> = {
  http: { host: '127.0.0.1', port: 0 },
  grpc: { host: '127.0.0.1', port: 0 },
  unclaimed: { maxBytes: 8 * 1024 * 1024, maxAgeMs: 60_000 },
  recognise: RECOGNISE,
}

/** A receiver on free ports of loopback, listening. */
export async function startReceiver(told: Told, options: Partial<OtlpOptions> = {}): Promise<OtlpReceiver> {
  const receiver = createOtlpReceiver({ ...OPTIONS, clock: createTestClock(), ...options })
  await receiver.start(told)
  return receiver
}
