import { openFileLog } from '../evidence/log/file-log.ts'
import { asWaybillError, type WaybillError } from '../shared/errors.ts'
import type { ReleaseStack } from '../shared/release.ts'
import type { Books } from './books.ts'
import { createEvidenceWriter, type EvidenceWriter } from './evidence-writer.ts'
import type { Watched } from './follow/watched.ts'

export interface KeepOptions {
  /** File to which all evidence is written too. */
  readonly saveEvidence?: string
  readonly onTrouble: (error: WaybillError) => void
}

/** Writes evidence into the store, and into a file where one is named, from now on. */
export const startWriter = async (
  { saveEvidence, onTrouble }: KeepOptions,
  books: Books,
  held: ReleaseStack,
): Promise<EvidenceWriter> => {
  const logs = [books.log]
  if (saveEvidence !== undefined) {
    const file = await openFileLog(saveEvidence, { onTorn: onTrouble })
    held.push('evidence file', () => file.close())
    logs.push(file)
  }
  const writer = createEvidenceWriter(logs, onTrouble)
  held.push('writing evidence', () => writer.flush())
  return writer
}

/** Writes each id of the order into the ledger as it becomes known, without delaying anything. */
export const notePlacement = (books: Books, watched: Watched, onTrouble: KeepOptions['onTrouble']): void => {
  let noted = 0
  watched.onChange(({ evaluation }) => {
    const { orderIds } = evaluation.journey
    if (orderIds.length === noted) return
    noted = orderIds.length
    books.placed(watched.order.key, orderIds).catch((error: unknown) => onTrouble(asWaybillError(error)))
  })
}
