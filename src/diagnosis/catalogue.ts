export type FindingClass = 'order' | 'file' | 'queue' | 'work' | 'trace' | 'time' | 'view' | 'monitor'

/** What a finding does to the verdict. */
export type Severity = 'broken' | 'degraded' | 'inconclusive'

/** Every code by its class. Codes are an API: alerts, metrics and gates use them. */
export const CLASS_OF = {
  'order-not-placed': 'order',
  'order-not-saved': 'order',
  'order-duplicated': 'order',
  'order-changed': 'order',
  'order-deleted': 'order',
  'status-skipped': 'order',
  'status-reordered': 'order',
  'status-reverted': 'order',
  'status-mismatch': 'order',
  'stage-overdue': 'order',
  'upload-failed': 'file',
  'file-missing': 'file',
  'file-corrupted': 'file',
  'file-wrong-type': 'file',
  'message-not-published': 'queue',
  'message-unroutable': 'queue',
  'message-not-consumed': 'queue',
  'message-unacknowledged': 'queue',
  'message-dead-lettered': 'queue',
  'message-redelivered': 'queue',
  'message-lost': 'queue',
  'message-duplicated': 'queue',
  'message-swallowed': 'queue',
  'processing-failed': 'work',
  'price-wrong': 'work',
  'result-not-saved': 'work',
  'context-lost': 'trace',
  'context-leaked': 'trace',
  'span-missing': 'trace',
  'attribute-missing': 'trace',
  'personal-data-exposed': 'trace',
  'mark-lost': 'trace',
  'hop-slow': 'time',
  'clock-skewed': 'time',
  'not-visible': 'view',
  'evidence-unavailable': 'monitor',
  'evidence-late': 'monitor',
  'probe-failed': 'monitor',
  'cleanup-leaked': 'monitor',
} as const satisfies Readonly<Record<string, FindingClass>>

export type FindingCode = keyof typeof CLASS_OF

/** What a class does to an order, unless the contract says otherwise of a code. */
export const SEVERITY_OF: Readonly<Record<FindingClass, Severity>> = {
  order: 'broken',
  file: 'broken',
  queue: 'broken',
  work: 'broken',
  view: 'broken',
  trace: 'degraded',
  time: 'degraded',
  monitor: 'inconclusive',
}
