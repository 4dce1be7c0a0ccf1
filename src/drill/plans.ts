import type { Row } from './row.ts'

/** What the drill must know of a row beyond its fault and the finding it must cause. */
export type Plan = Partial<Omit<Row, 'fault'>>

/**
 * How faults are played that want more than one order from beginning to end; a fault with several plans has a row for each. A fault that is not
 * named here is played with the usual story of the flow its hand-off belongs to.
 */
export const PLANS: Readonly<Record<string, readonly Plan[]>> = {
  'price-throws': [{ provenBy: [['otlp']] }],
}

/** Rows without a fault of the order system: people who err, and what must not be called broken. */
export const OTHER_ROWS: readonly (Plan & Pick<Row, 'id'> & Partial<Pick<Row, 'fault'>>)[] = [
  { id: 'operator-forgets-to-pack', finding: 'stage-overdue', at: 'H10', story: 'operator forgets to pack' },
  { id: 'operator-forgets-to-send', finding: 'stage-overdue', at: 'H10', story: 'operator forgets to send' },
  { id: 'harmless: a person takes long', story: 'seller takes an hour' },
  { id: 'harmless: closed by hand', story: 'seller closes by hand' },
  { id: 'harmless: a ring built in the shop', story: 'customer builds the ring' },
  {
    id: 'harmless: a try fails, the next succeeds',
    fault: 'price-throws',
    scope: 'order',
    mending: { afterFailures: 1 },
  },
  { id: 'harmless: a short deploy', fault: 'mes-down', scope: 'process', mending: { afterMs: 2_000 } },
]
