import type { Clock } from '../../shared/clock.ts'
import { fromMs, minus, plus, type UnixNanos } from '../../shared/units.ts'
import type { EvidenceSink } from '../ports.ts'
import type { Records } from './records.ts'

/** Tells over which time the tap could tell nothing, or not in time, again and again as long as it lasts. */
export interface Outage {
  /** Nothing has been told since `from`, which is told at once; does nothing but tell on while that lasts. */
  lasts(from: UnixNanos, why: string): void
  /** It tells again. */
  over(): void
  /** It tells, but so much later than the limit allows. */
  late(lagMs: number, limitMs: number): void
  /** Null: there is none. */
  readonly why: string | null
}

const AGAIN_MS = 1_000

export function createOutage(clock: Clock, records: Records, sink: Pick<EvidenceSink, 'condition'>): Outage {
  let open: { readonly from: UnixNanos; readonly why: string; toldAt: UnixNanos } | null = null

  let lateAt: UnixNanos | null = null

  const tell = (from: UnixNanos, to: UnixNanos, detail: string) =>
    sink.condition({ id: records.id(), source: 'rabbitmq', kind: 'source-down', subject: 'rabbitmq', from, to, detail })

  return {
    lasts: (from, why) => {
      const now = clock.now()
      const since = open?.from ?? from
      if (open?.why === why && now < plus(open.toldAt, fromMs(AGAIN_MS))) return
      open = { from: since, why, toldAt: now }
      tell(since, now, why)
    },
    over: () => {
      if (open !== null) tell(open.from, clock.now(), open.why)
      open = null
    },
    late: (lagMs, limitMs) => {
      const to = clock.now()
      if (lateAt !== null && to < plus(lateAt, fromMs(AGAIN_MS))) return
      lateAt = to
      const about = { source: 'rabbitmq', subject: 'rabbitmq', from: minus(to, fromMs(lagMs)), to } as const
      sink.condition({ id: records.id(), kind: 'source-late', ...about, lagMs, limitMs })
    },
    get why() {
      return open?.why ?? null
    },
  }
}
