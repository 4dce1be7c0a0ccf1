import type { Rule } from '../rule.ts'
import { attributeMissing } from './attribute-missing.ts'
import { clockSkewed } from './clock-skewed.ts'
import { contextLeaked } from './context-leaked.ts'
import { contextLost } from './context-lost.ts'
import { evidenceLate } from './evidence-late.ts'
import { evidenceUnavailable } from './evidence-unavailable.ts'
import { fileCorrupted } from './file-corrupted.ts'
import { fileMissing } from './file-missing.ts'
import { fileWrongType } from './file-wrong-type.ts'
import { hopSlow } from './hop-slow.ts'
import { markLost } from './mark-lost.ts'
import { messageDeadLettered } from './message-dead-lettered.ts'
import { messageDuplicated } from './message-duplicated.ts'
import { messageLost } from './message-lost.ts'
import { messageNotConsumed } from './message-not-consumed.ts'
import { messageNotPublished } from './message-not-published.ts'
import { messageRedelivered } from './message-redelivered.ts'
import { messageSwallowed } from './message-swallowed.ts'
import { messageUnacknowledged } from './message-unacknowledged.ts'
import { messageUnroutable } from './message-unroutable.ts'
import { notVisible } from './not-visible.ts'
import { orderChanged } from './order-changed.ts'
import { orderDeleted } from './order-deleted.ts'
import { orderDuplicated } from './order-duplicated.ts'
import { orderNotPlaced } from './order-not-placed.ts'
import { orderNotSaved } from './order-not-saved.ts'
import { personalDataExposed } from './personal-data-exposed.ts'
import { priceWrong } from './price-wrong.ts'
import { probeFailed } from './probe-failed.ts'
import { processingFailed } from './processing-failed.ts'
import { resultNotSaved } from './result-not-saved.ts'
import { spanMissing } from './span-missing.ts'
import { stageOverdue } from './stage-overdue.ts'
import { statusMismatch } from './status-mismatch.ts'
import { statusReordered } from './status-reordered.ts'
import { statusReverted } from './status-reverted.ts'
import { statusSkipped } from './status-skipped.ts'
import { uploadFailed } from './upload-failed.ts'

/**
 * All rules, causes before symptoms: of two findings at one place the earlier in this list stands and explains the other. `order-not-saved` comes first
 * because a lost order makes every later request fail; `stage-overdue` comes last of the breaks because it only notices. A status
 * that was left out or came late explains a message that was not sent or came to nothing; one that merely differs does so where no message is to blame.
 */
export const RULES: readonly Rule[] = [
  orderNotSaved,
  orderNotPlaced,
  orderDeleted,
  orderChanged,
  uploadFailed,
  fileMissing,
  fileCorrupted,
  fileWrongType,
  processingFailed,
  priceWrong,
  resultNotSaved,
  messageDeadLettered,
  messageUnroutable,
  messageRedelivered,
  messageUnacknowledged,
  messageLost,
  messageNotConsumed,
  statusReverted,
  statusReordered,
  statusSkipped,
  messageNotPublished,
  statusMismatch,
  messageSwallowed,
  messageDuplicated,
  notVisible,
  stageOverdue,
  orderDuplicated,
  spanMissing,
  contextLost,
  contextLeaked,
  attributeMissing,
  personalDataExposed,
  markLost,
  hopSlow,
  clockSkewed,
  evidenceUnavailable,
  evidenceLate,
  probeFailed,
]
