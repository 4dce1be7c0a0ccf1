import type { Rule } from '../rule.ts'
import { attributeMissing } from './attribute-missing.ts'
import { clockSkewed } from './clock-skewed.ts'
import { contextLeaked } from './context-leaked.ts'
import { contextLost } from './context-lost.ts'
import { evidenceLate } from './evidence-late.ts'
import { evidenceUnavailable } from './evidence-unavailable.ts'
import { markLost } from './mark-lost.ts'
import { messageNotConsumed } from './message-not-consumed.ts'
import { messageNotPublished } from './message-not-published.ts'
import { orderNotPlaced } from './order-not-placed.ts'
import { orderNotSaved } from './order-not-saved.ts'
import { personalDataExposed } from './personal-data-exposed.ts'
import { probeFailed } from './probe-failed.ts'
import { processingFailed } from './processing-failed.ts'
import { resultNotSaved } from './result-not-saved.ts'
import { spanMissing } from './span-missing.ts'
import { stageOverdue } from './stage-overdue.ts'

/**
 * All rules, causes before symptoms: of two findings at one place the earlier in this list stands and explains the other. `order-not-saved` comes first
 * because a lost order makes every later request fail; `stage-overdue` comes last of the breaks because it only notices.
 */
export const RULES: readonly Rule[] = [
  orderNotSaved,
  orderNotPlaced,
  processingFailed,
  resultNotSaved,
  messageNotPublished,
  messageNotConsumed,
  stageOverdue,
  spanMissing,
  contextLost,
  contextLeaked,
  attributeMissing,
  personalDataExposed,
  markLost,
  clockSkewed,
  evidenceUnavailable,
  evidenceLate,
  probeFailed,
]
