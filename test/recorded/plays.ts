import type { FindingCode } from '../../src/diagnosis/catalogue.ts'
import type { Row } from '../../src/drill/row.ts'
import { healthyRow, type KnownFault, rowsFor } from '../../src/drill/rows.ts'
import type { StoryName } from '../../src/drill/stories.ts'

/** What an order must be called: what the drill says of the thing that was done to it, whatever the monitor said. */
export interface Expected {
  readonly verdicts: readonly ('passed' | 'degraded' | 'broken')[]
  /** Null: nothing is wrong with it. */
  readonly code: FindingCode | null
  /** The hand-off or stage; `any` where the finding belongs to none, `monitor` where it is about ourselves. */
  readonly at: string
  /** The stage after which it is broken, where its place comes several times on the path; null: the first time. */
  readonly after: string | null
}

/** One order to be recorded. */
export interface Play {
  /** For the file's name. */
  readonly what: string
  readonly row: Row
  readonly expected: Expected
  /** Its people take up to so long before each act, in milliseconds. */
  readonly slowMs: number
}

/** Nothing was done to the order. */
export const HEALTHY: Expected = { verdicts: ['passed'], code: null, at: 'any', after: null }

/** Rows of the drill by name, each played once. */
const ROWS: readonly string[] = [
  'shop-create-fails',
  'shop-forgets',
  'shop-cart-reset',
  'shop-answers-too-late',
  'storage-full',
  'storage-loses-file',
  'storage-truncates-file',
  'submit-not-committed',
  'shop-db-refuses',
  'crm-reader-stops',
  'crm-takes-without-publishing',
  'submitted-wrong-key',
  'submitted-twice',
  'mes-rejects',
  'mes-rejects-twice',
  'mes-requeues',
  'mes-swallows',
  'model-unreadable',
  'model-cleared-away',
  'order-deleted-in-mes',
  'order-changed-by-hand',
  'price-throws',
  'price-fails-once',
  'price-too-slow',
  'price-wrong',
  'price-not-stored',
  'price-not-published',
  'price-swallowed',
  'price-rejected',
  'approval-not-stored',
  'approval-wrong-key',
  'mes-never-settles-approval',
  'order-locked-in-mes',
  'click-not-stored',
  'status-wrong-key',
  'status-left-out',
  'crm-writes-old-status',
  'crm-maps-wrong',
  'crm-reads-from-two-copies',
  'carrier-says-nothing',
  'order-closed-by-hand',
  'partner-door-fails',
  'partner-door-forgets',
  'partner-order-not-announced',
  'submitted-without-context',
  'price-context-not-extracted',
  'personal-data-in-headers',
  'mes-lacks-order-id',
  'mes-sampled-away',
  'operator-forgets-to-pack',
  'harmless: a person takes long',
  'harmless: closed by hand',
  'harmless: a heavy model',
  'harmless: tries fail until mended',
  'mes-down at H5',
  'mes-down at H9',
  'mes-db-set-back',
  'orders-consumer-down',
  'statuses-consumer-down at H11',
  'orders-queue-unbound',
  'orders-queue-purged',
  'statuses-queue-purged at H11',
  'mes-clock-behind',
  'mes-telemetry-late',
  'mes-batch-lost',
  'harmless: a short deploy',
]

const named = (id: string): string => id.replaceAll(/[^A-Za-z0-9]+/g, '-')

const word = (verdict: Row['verdicts'][number]): readonly Expected['verdicts'][number][] =>
  verdict === 'inconclusive' ? [] : [verdict]

const playOf = (row: Row): Play => ({
  what: named(row.id),
  row,
  expected: { verdicts: row.verdicts.flatMap(word), code: row.finding, at: row.at, after: row.after },
  slowMs: 0,
})

const healthy = (count: number, story: StoryName, slowMs = 0): readonly Play[] =>
  Array.from({ length: count }, (): Play => {
    const what = `healthy-${slowMs > 0 ? 'slow-' : ''}${named(story)}`
    return { what, row: healthyRow(what, story), expected: HEALTHY, slowMs }
  })

/** Healthy and broken orders by turns, as they travel side by side. */
export function playsOf(faults: readonly KnownFault[]): readonly Play[] {
  const rows = rowsFor(faults)
  const broken = ROWS.map((id) => {
    const row = rows.find((it) => it.id === id)
    if (row === undefined) throw new Error(`The drill has no row ${id}.`)
    return playOf(row)
  })
  const well = [
    ...healthy(2, 'customer'),
    ...healthy(2, 'partner'),
    ...healthy(2, 'customer builds the ring'),
    ...healthy(2, 'customer', 2_500),
    ...healthy(1, 'partner', 2_500),
  ]
  const each = Math.ceil(broken.length / well.length)
  return [
    ...well.flatMap((play, index) => [play, ...broken.slice(index * each, (index + 1) * each)]),
    ...broken.slice(well.length * each),
  ]
}
