/** What an order must be called: what findings.md says of the thing that was done to it, whatever the monitor said. */
export interface Expected {
  readonly verdict: 'passed' | 'degraded' | 'broken'
  readonly code: string | null
  /** Null: the finding's place is not a hand-off, or it is not said. */
  readonly handoff: string | null
  readonly stage: string | null
}

/** One order to be recorded. */
export interface Play {
  /** For the file's name. */
  readonly what: string
  readonly probe: string
  readonly expected: Expected
  readonly until?: string
  /** Switched on for this order before it may be placed. */
  readonly fault?: string
  /** The manufacturing system is killed when this stage is seen, and comes back after the recording. */
  readonly downFrom?: string
}

/** Nothing was done to the order. */
export const HEALTHY: Expected = { verdict: 'passed', code: null, handoff: null, stage: null }
const broken = (code: string, handoff: string | null, stage: string | null = null): Expected => ({
  verdict: 'broken',
  code,
  handoff,
  stage,
})

const times = (count: number, play: Play): readonly Play[] => Array.from({ length: count }, () => play)

const healthy = (count: number, probe: string, until?: string): readonly Play[] =>
  times(count, {
    what: `healthy-${probe}${until === undefined ? '' : '-until-priced'}`,
    probe,
    expected: HEALTHY,
    ...(until === undefined ? {} : { until }),
  })

const faulty = (count: number, probe: string, fault: string, expected: Expected): readonly Play[] =>
  times(count, { what: `${fault}-${probe}`, probe, fault, expected })

/** Takes one from each list in turn, so that healthy and broken orders travel side by side. */
const mixed = (lists: readonly (readonly Play[])[]): readonly Play[] => {
  const longest = Math.max(...lists.map((list) => list.length))
  return Array.from({ length: longest }, (_, i) => lists.flatMap((list) => list[i] ?? [])).flat()
}

const unpriced = broken('processing-failed', null, 'PRICE_CALCULATED')
const unsaved = broken('result-not-saved', null, 'PRICE_CALCULATED')
const lostContext: Expected = { verdict: 'degraded', code: 'context-lost', handoff: 'H5', stage: null }

/** Orders that may travel side by side: what is broken is broken for one of them only. */
export const SIDE_BY_SIDE: readonly Play[] = mixed([
  faulty(4, 'shop-api', 'shop-create-fails', broken('order-not-placed', 'H1')),
  faulty(4, 'shop-api', 'shop-forgets', broken('order-not-saved', 'H1')),
  faulty(6, 'shop-api', 'crm-takes-without-publishing', broken('message-not-published', 'H5')),
  faulty(4, 'shop-api', 'context-not-extracted', lostContext),
  [...faulty(3, 'shop-api', 'price-throws', unpriced), ...faulty(2, 'partner-api', 'price-throws', unpriced)],
  [...faulty(3, 'shop-api', 'price-not-stored', unsaved), ...faulty(2, 'partner-api', 'price-not-stored', unsaved)],
  times(2, {
    what: 'operator-forgets-to-pack',
    probe: 'forgetful-operator',
    expected: broken('stage-overdue', null, 'PACKAGING'),
  }),
  times(2, { what: 'delivery-never-told', probe: 'no-delivery', expected: broken('stage-overdue', 'H12', 'CLOSED') }),
  healthy(9, 'shop-api'),
  healthy(6, 'partner-api'),
  healthy(3, 'shop-web'),
  healthy(2, 'slow-seller'),
  healthy(2, 'shop-api', 'PRICE_CALCULATED'),
])

/** Placed while the manufacturing system is down. */
export const WHILE_DOWN: readonly Play[] = [
  ...times(2, { what: 'mes-down-shop-api', probe: 'shop-api', expected: broken('message-not-consumed', 'H5') }),
  ...times(2, { what: 'mes-down-partner-api', probe: 'partner-api', expected: broken('order-not-placed', 'P1') }),
]

/** One after the other: the manufacturing system goes down while the order travels. */
export const GOING_DOWN: readonly Play[] = times(2, {
  what: 'mes-goes-down-slow-seller',
  probe: 'slow-seller',
  downFrom: 'PRICE_CALCULATED',
  expected: broken('message-not-consumed', 'H9'),
})
