import type { Expectation } from './expectations.ts'
import type { Plan } from './plans.ts'

/** What an invented fault must cause, and how it is played. */
type Invented = Expectation & Plan

/** The process goes down with its spans, or whoever took the message tells none: only the broker knows that it was handed out. */
const BY_BROKER: Plan['provenBy'] = [
  ['rabbitmq', 'status-api'],
  ['rabbitmq', 'postgres'],
]

/**
 * Faults thought up, and what the monitor should say of them written down, by somebody who had not read its rules and before any run. They are scored apart, and what
 * they must cause is not changed afterwards.
 */
export const INVENTED: Readonly<Record<string, Invented>> = {
  // The customer was told an id, and under the reference of this order there is nothing. In a cell of its own: the order of the stranger gets the model.
  'shop-answers-from-cache': { finding: 'order-not-saved', at: 'H1', scope: 'process', strangers: 1 },
  // Delivered, settled, and no row. In a cell of its own: the process goes down with it.
  'mes-acknowledges-first': { finding: 'message-swallowed', at: 'H5', scope: 'process', provenBy: BY_BROKER },
  // The upload was good; the file is missing since manufacturing had it in hand.
  'model-cleared-away': { finding: 'file-missing', at: 'H6' },
  // Worked out right and wrong once the CRM has it: the price went wrong on the way.
  'price-in-other-unit': { finding: 'price-wrong', at: 'H7' },
  // Only a copy lags; the order is well and on time.
  'crm-reads-from-two-copies': { finding: null, at: 'any' },
  // MES holds the approval and waits for the row.
  'order-locked-in-mes': { finding: 'message-unacknowledged', at: 'H9', apart: true },
  // Delivered, settled, and manufacturing never had it.
  'approvals-taken-by-stranger': { finding: 'message-swallowed', at: 'H9', provenBy: BY_BROKER },
  // Closed, and never made nor sent: its owner's own history has a hole of four statuses.
  'order-closed-by-hand': { finding: 'status-skipped', at: 'CLOSED' },
  // One placement, two orders under one external reference.
  'partner-order-tried-twice': { finding: 'order-duplicated', at: 'P1' },
  // The spans are there and in the order's trace, and none of them carries the order's id.
  'mes-attributes-cut': { finding: 'attribute-missing', at: 'any' },
}
