import type { EvidenceRecord } from '../evidence.ts'

/**
 * The append-only log of all evidence. A record is known by its run, its type and its id: told again it changes nothing,
 * so a caller that does not know whether an append arrived may repeat it.
 */
export interface EvidenceLog {
  /**
   * Resolves once all records are kept, in the order given. Rejects with `store-unavailable` when they are not; then none of those
   * that this call brought is given by `read`, and all that earlier calls brought still is.
   */
  append(records: readonly EvidenceRecord[], run: string): Promise<void>
  /** The records of a run kept so far, in the order in which they were first appended. */
  read(run: string): AsyncIterable<EvidenceRecord>
  /** Waits for appends under way and lets go. Idempotent; afterwards `append` and `read` reject. */
  close(): Promise<void>
}
