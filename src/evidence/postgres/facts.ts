import type { UnixNanos } from '../../shared/units.ts'
import { type At, type Fact, MONITOR_CLOCK } from '../fact.ts'
import { isAnothers } from '../foreign.ts'
import type { Key, KeySet } from '../keys.ts'
import type { RowReading } from './read-row.ts'
import type { Trouble } from './trouble.ts'

/** One question about one order and when it was under way, on the monitor's clock. */
export interface Asking {
  /** Systems whose view the rows are. */
  readonly shownBy: readonly string[]
  readonly keys: KeySet
  readonly sentAt: UnixNanos
  readonly endedAt: UnixNanos
}

const keysOf = (orderId: string | null, reference: string | null): readonly Key[] => [
  ...(orderId === null ? [] : [{ kind: 'order', value: orderId } as const]),
  ...(reference === null ? [] : [{ kind: 'reference', value: reference } as const]),
]

/** The row's reference where it is one of ours. */
const ours = (keys: KeySet, { reference }: RowReading): string | null =>
  reference !== null && keys.reference.has(reference) ? reference : null

/** The row bears our id and the reference of another: no order of ours. */
const isForeign = ({ order, reference }: KeySet, row: RowReading): boolean =>
  order.has(row.orderId) && isAnothers(row.reference, reference)

const head = ({ sentAt, endedAt }: Asking, id: string, keys: readonly Key[]) => {
  const at: At = { clock: MONITOR_CLOCK, earliest: sentAt, latest: endedAt }
  return { id: `postgres:${id}`, source: 'postgres', at, seenAt: endedAt, keys } as const
}

/** Those of the answered rows that are this order's: by an id of it, unless it is another's, or by its reference. */
export const rowsOf = (keys: KeySet, rows: readonly RowReading[]): readonly RowReading[] =>
  rows.filter((row) => (keys.order.has(row.orderId) && !isForeign(keys, row)) || ours(keys, row) !== null)

/**
 * What the rows say of one order, for each system that shows them: its status, each id under our reference, and that there is no row where none was
 * answered, or only one of another's order. Before an id is known the reference alone is asked for.
 */
export function factsOf(asking: Asking, rows: readonly RowReading[]): readonly Fact[] {
  const { keys } = asking
  const mine = rowsOf(keys, rows)
  const [reference = null] = keys.reference
  const foreign = new Set(rows.filter((row) => isForeign(keys, row)).map(({ orderId }) => orderId))
  const missing = [...keys.order].filter((id) => mine.every(({ orderId }) => orderId !== id))
  const absent = keys.order.size === 0 && mine.length === 0 ? [null] : missing
  return asking.shownBy.flatMap((system): readonly Fact[] => [
    ...mine.flatMap((row): readonly Fact[] => [
      ...found(asking, system, row),
      {
        ...head(asking, `${system}:${row.orderId}:${asking.sentAt}`, keysOf(row.orderId, ours(keys, row))),
        kind: 'status-answered',
        system,
        status: row.status,
        history: row.history,
        content: row.content,
        poll: null,
      },
    ]),
    ...absent.map(
      (orderId): Fact => ({
        ...head(asking, `${system}:${orderId ?? reference}:${asking.sentAt}`, keysOf(orderId, reference)),
        kind: 'status-answered',
        system,
        status: null,
        history: null,
        ...(orderId !== null && foreign.has(orderId) ? { foreign: true } : {}),
        poll: null,
      }),
    ),
  ])
}

/** Told under one name however often it is seen, so that it is kept once. */
function found(asking: Asking, system: string, row: RowReading): readonly Fact[] {
  const reference = ours(asking.keys, row)
  if (reference === null) return []
  const name = `${system}:${reference}:${row.orderId}:found`
  const keys = keysOf(row.orderId, reference)
  return [{ ...head(asking, name, keys), kind: 'order-found', system, orderId: row.orderId }]
}

/** That the database did not answer, for each system whose rows it holds. */
export const unavailableFacts = (asking: Asking, trouble: Trouble): readonly Fact[] => {
  const [orderId = null] = asking.keys.order
  const [reference = null] = asking.keys.reference
  return asking.shownBy.map((system) => ({
    ...head(asking, `${system}:${orderId ?? reference}:${asking.sentAt}`, keysOf(orderId, reference)),
    kind: 'status-unavailable',
    system,
    ...trouble,
    poll: null,
  }))
}
