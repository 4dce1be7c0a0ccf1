import type { Clock } from '../../shared/clock.ts'
import { between, fromMs, type UnixNanos } from '../../shared/units.ts'
import type { EvidenceSink } from '../ports.ts'
import type { Stretch } from './pilots.ts'
import type { Records } from './records.ts'

/** Tells for which stretches of time the tap has told everything. */
export interface Vouching {
  /** Takes the next stretch; `dropped` are messages known to have been lost in it. */
  add(stretch: Stretch, messages: number, dropped: number): void
  /** A stretch known to have been lost, whatever was told of it before. */
  hole(from: UnixNanos, to: UnixNanos, dropped: number): void
  /** Tells what was held back while nobody waited. */
  flush(): void
}

export interface VouchingOptions {
  readonly vhost: string
  /** What the tap sees: `firehose`, `dead-letters`. */
  readonly instance: string
  readonly clock: Clock
  readonly records: Records
  readonly sink: Pick<EvidenceSink, 'coverage'>
  /** Whether somebody waits for an order. Otherwise stretches are joined, so that a monitor at rest writes little. */
  readonly isWanted: () => boolean
}

const JOINED_UP_TO = fromMs(5_000)

interface Held {
  readonly from: UnixNanos
  readonly to: UnixNanos
  readonly spans: number
  readonly dropped: number
}

export function createVouching({ vhost, instance, clock, records, sink, isWanted }: VouchingOptions): Vouching {
  let held: Held | null = null

  const tell = (stretch: Held) =>
    sink.coverage({
      id: records.id(),
      source: 'rabbitmq',
      service: vhost,
      instance,
      ...stretch,
      seenAt: clock.now(),
    })

  const flush = () => {
    if (held !== null) tell(held)
    held = null
  }

  return {
    add: ({ from, to, lost }, spans, dropped) => {
      const next: Held = { from, to, spans, dropped: lost + dropped }
      const joins = held !== null && held.to === from && held.dropped === 0 && next.dropped === 0
      if (held !== null && joins) held = { from: held.from, to, spans: held.spans + spans, dropped: 0 }
      else {
        flush()
        held = next
      }
      if (isWanted() || between(held.to, held.from) >= JOINED_UP_TO) flush()
    },
    hole: (from, to, dropped) => tell({ from, to, spans: 0, dropped }),
    flush,
  }
}
