import { randomBytes } from 'node:crypto'
import { earliest, latest, type UnixNanos } from '../../shared/units.ts'
import type { Coverage } from '../coverage.ts'
import type { Emitter } from './emitter.ts'
import type { ScannedExport } from './scanned.ts'

/** What one export request says of one instance; its coverage is told once, if at all. */
export interface Receipt {
  readonly coverage: Coverage
  told: boolean
}

export interface Receipts {
  /** One receipt for each instance in a request, by instance. */
  of(scanned: ScannedExport, seenAt: UnixNanos): Map<string, Receipt>
  /** A hole: spans of an instance that ended in the interval were let go unread. */
  hole(
    emitter: Pick<Emitter, 'service' | 'instance'>,
    from: UnixNanos,
    to: UnixNanos,
    seenAt: UnixNanos,
    dropped: number,
  ): Coverage
}

interface Tally {
  readonly emitter: Emitter
  from: UnixNanos | undefined
  to: UnixNanos | undefined
  spans: number
  dropped: number
}

/** A span that ends more than a day ahead of our clock has a nonsense time, and vouches for nothing. */
const FURTHEST_AHEAD_NANOS = 86_400_000_000_000n

/**
 * Writes receipts. Ids are `otlp:<instance>:<start>-<n>`: `<start>` is drawn at random by each receiver, so that ids of a receiver that
 * was started again never meet those already in the log.
 */
export function createReceipts(): Receipts {
  const start = randomBytes(4).toString('hex')
  let count = 0

  const record = (
    emitter: Pick<Emitter, 'service' | 'instance'>,
    rest: Pick<Coverage, 'from' | 'to' | 'seenAt' | 'spans' | 'dropped'>,
  ): Coverage => ({
    id: `otlp:${emitter.instance}:${start}-${++count}`,
    source: 'otlp',
    service: emitter.service,
    instance: emitter.instance,
    ...rest,
  })

  return {
    of: (scanned, seenAt) => {
      const tallies = tallyByInstance(scanned, seenAt)
      const receipts = new Map<string, Receipt>()
      for (const [instance, { emitter, from, to, spans, dropped }] of tallies) {
        const coverage = record(emitter, { from: from ?? seenAt, to: to ?? seenAt, seenAt, spans, dropped })
        receipts.set(instance, { coverage, told: false })
      }
      return receipts
    },
    hole: (emitter, from, to, seenAt, dropped) => record(emitter, { from, to, seenAt, spans: 0, dropped }),
  }
}

function tallyByInstance(scanned: ScannedExport, seenAt: UnixNanos): Map<string, Tally> {
  const tallies = new Map<string, Tally>()
  const tallyOf = (emitter: Emitter): Tally => {
    const known = tallies.get(emitter.instance)
    if (known !== undefined) return known
    const fresh: Tally = { emitter, from: undefined, to: undefined, spans: 0, dropped: 0 }
    tallies.set(emitter.instance, fresh)
    return fresh
  }
  const furthest = seenAt + FURTHEST_AHEAD_NANOS
  let last: Tally | undefined
  for (const { emission, end } of scanned.spans) {
    if (last?.emitter !== emission.emitter) last = tallyOf(emission.emitter)
    last.spans++
    if (end > furthest) continue
    last.from = last.from === undefined ? end : earliest(last.from, end)
    last.to = last.to === undefined ? end : latest(last.to, end)
  }
  for (const { emitter } of scanned.rejected) tallyOf(emitter).dropped++
  return tallies
}
