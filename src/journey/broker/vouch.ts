import type { Coverage } from '../../evidence/coverage.ts'
import { latest, type UnixNanos } from '../../shared/units.ts'
import type { View } from '../view.ts'
import type { Vouched } from '../vouch.ts'

/** What of the broker is looked at: every publish and delivery, or what passes the dead letter exchanges. */
export type TapMode = 'firehose' | 'dead-letters'

/**
 * Would the tap have told of every message it can see from `from` to `to` (monitor's clock)? Each record is a stretch between two pilots that came back,
 * and the next begins where it ends: the smallest hole between two may hide a message.
 */
export function vouchForBroker(view: View, mode: TapMode, from: UnixNanos, to: UnixNanos): Vouched {
  const records = view.evidence.coverage.filter(({ source, instance }) => source === 'rabbitmq' && instance === mode)
  if (records.length === 0) return { vouched: false, why: WHY_NOT[mode], awaited: false }
  for (const [host, own] of Map.groupBy(records, ({ service }) => service)) {
    if (own.some((record) => record.dropped > 0 && record.to >= from && record.from <= to))
      return { vouched: false, why: `the tap of ${host} lost messages`, awaited: false }
    const heardTo = reachOf(own, from)
    if (heardTo === null) return { vouched: false, why: `the tap of ${host} was not there in time`, awaited: false }
    if (heardTo >= to) continue
    const awaited = own.every((record) => record.from <= heardTo)
    return { vouched: false, why: `the tap of ${host} has a hole`, awaited }
  }
  return { vouched: true }
}

const WHY_NOT: Readonly<Record<TapMode, string>> = {
  firehose: 'no tap sees messages come and go',
  'dead-letters': 'no tap sees dead letters',
}

/** Up to when stretches without a hole reach that were begun by `from`; null where none was. */
function reachOf(records: readonly Coverage[], from: UnixNanos): UnixNanos | null {
  let reach: UnixNanos | null = null
  for (const record of records.filter(({ dropped }) => dropped === 0).toSorted(byStart)) {
    if (record.from > (reach ?? from)) continue
    if (reach !== null || record.to >= from) reach = latest(record.to, reach ?? record.to)
  }
  return reach
}

const byStart = (a: Coverage, b: Coverage): number => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0)
