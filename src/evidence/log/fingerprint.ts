import { createHash } from 'node:crypto'
import type { EvidenceRecord } from '../evidence.ts'

/** What makes a record the same one when it is told again: short and of one length, as ids are foreign text of any length. */
export const fingerprint = (record: EvidenceRecord, run: string): string =>
  createHash('sha256')
    .update(JSON.stringify([run, record.type, record.record.id]))
    .digest('base64')
