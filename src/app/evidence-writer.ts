import type { EvidenceRecord } from '../evidence/evidence.ts'
import type { EvidenceLog } from '../evidence/log/evidence-log.ts'
import { asWaybillError, type WaybillError } from '../shared/errors.ts'

/** Writes records behind the follower's back, in order and in batches, so that a slow store never delays a verdict. */
export interface EvidenceWriter {
  write(record: EvidenceRecord, run: string): void
  /** Resolves once everything written so far is kept; rejects with the first trouble since the last flush. */
  flush(): Promise<void>
  /** Records that were given up for want of room or because the store stayed away. */
  readonly dropped: number
}

interface Written {
  readonly record: EvidenceRecord
  readonly run: string
}

const MOST_WAITING = 200_000
const BATCH = 2_000

const byRun = (batch: readonly Written[]): ReadonlyMap<string, readonly EvidenceRecord[]> =>
  Map.groupBy(batch, ({ run }) => run)
    .entries()
    .reduce(
      (map, [run, list]) =>
        map.set(
          run,
          list.map(({ record }) => record),
        ),
      new Map<string, readonly EvidenceRecord[]>(),
    )

/** A writer to several logs at once: the store, and the file the user asked for. */
export function createEvidenceWriter(
  logs: readonly EvidenceLog[],
  onTrouble: (error: WaybillError) => void,
): EvidenceWriter {
  const waiting: Written[] = []
  let pumping = false
  let trouble: WaybillError | undefined
  let dropped = 0
  // How many were taken, and how many of them are done with: others may go on writing while somebody waits for what came before.
  let taken = 0
  let done = 0
  const flushing: { readonly upTo: number; readonly resolve: () => void }[] = []

  const failed = (error: unknown, lost: number) => {
    dropped += lost
    // Said once: the next flush tells it again to whoever depends on it.
    if (trouble === undefined) onTrouble(asWaybillError(error))
    trouble ??= asWaybillError(error)
  }

  const pump = async () => {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, BATCH)
      for (const [run, records] of byRun(batch)) {
        for (const log of logs) {
          try {
            await log.append(records, run)
          } catch (error) {
            failed(error, records.length)
          }
        }
      }
      done += batch.length
      while (flushing[0] !== undefined && flushing[0].upTo <= done) flushing.shift()?.resolve()
    }
    pumping = false
  }

  return {
    write: (record, run) => {
      if (logs.length === 0) return
      if (waiting.length >= MOST_WAITING) {
        failed(new Error('Evidence comes faster than it can be stored.'), 1)
        return
      }
      waiting.push({ record, run })
      taken++
      // After the present turn, so that what arrives together is written together.
      if (pumping) return
      pumping = true
      setImmediate(() => void pump())
    },
    flush: async () => {
      if (done < taken) await new Promise<void>((resolve) => void flushing.push({ upTo: taken, resolve }))
      const said = trouble
      trouble = undefined
      if (said !== undefined) throw said
    },
    get dropped() {
      return dropped
    },
  }
}
