import { between, nanos, type UnixNanos } from '../shared/units.ts'
import { type Crossing, endOf } from './crossings/crossing.ts'
import type { Segment } from './journey.ts'
import type { View } from './view.ts'

/**
 * Where the time from a publish to its delivery went. The broker's own two times give the wait in the queue by one clock; what is left of the hop is transfer
 * on both sides of it. Without them: until the broker confirmed transfer, from then on queue. The parts add up exactly.
 *
 *   publish ├─ transfer ─┤ in ├──── queue ────┤ out ├─ transfer ─┤ handled
 */
export function splitQueueTime(view: View, crossing: Crossing, from: UnixNanos, to: UnixNanos): readonly Segment[] {
  const total = between(to, from)
  const system = brokerOf(crossing)
  const waited = crossing.dwell === undefined ? waitByConfirm(view, crossing, from, to) : waitByBroker(crossing.dwell)
  const queue = waited === null || waited > total ? total : nanos(waited < 0n ? 0n : waited)
  const segments: readonly Segment[] = [
    { kind: 'transfer', system, time: nanos(total - queue) },
    { kind: 'queue', system, time: queue },
  ]
  return segments.filter(({ time }) => time > 0n)
}

const brokerOf = ({ sender, dwell }: Crossing): string =>
  String(sender?.span.attributes['messaging.system'] ?? (dwell === undefined ? 'broker' : 'rabbitmq'))

/** By the two arrivals at the tap: what held one up on its way there held up the other. */
const waitByBroker = ({ from, to }: NonNullable<Crossing['dwell']>): bigint => to.latest - from.latest

/** Null where no confirm lies within the hop. */
function waitByConfirm(view: View, { sender }: Crossing, from: UnixNanos, to: UnixNanos): bigint | null {
  if (sender === null) return null
  const confirmed = view.clocks.moment(endOf(sender)).best
  return confirmed <= from || confirmed >= to ? null : between(to, confirmed)
}
