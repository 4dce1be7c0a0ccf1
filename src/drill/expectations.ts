import type { FindingCode } from '../diagnosis/catalogue.ts'

/** What a fault of the sandbox must cause: the finding, and the hand-off or stage it must name. */
export interface Expectation {
  readonly finding: FindingCode
  /** `any` where the finding belongs to no link, `monitor` where it is about the monitor itself. */
  readonly at: string
}

/**
 * The monitor's half of the drill: the sandbox's own catalogue says what a fault changes, never what it must be called. How the drill plays a fault that wants more
 * than an order from beginning to end is in `plans.ts`.
 */
export const EXPECTATIONS: Readonly<Record<string, Expectation>> = {
  'shop-create-fails': { finding: 'order-not-placed', at: 'H1' },
  'shop-forgets': { finding: 'order-not-saved', at: 'H1' },
  'crm-takes-without-publishing': { finding: 'message-not-published', at: 'H5' },
  'context-not-extracted': { finding: 'context-lost', at: 'H5' },
  'price-throws': { finding: 'processing-failed', at: 'PRICE_CALCULATED' },
  'price-not-stored': { finding: 'result-not-saved', at: 'PRICE_CALCULATED' },
  'mes-down': { finding: 'message-not-consumed', at: 'H5' },
}
