import type { Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'
import { acquireSharedPostgres } from '../embedded/shared-postgres.ts'
import type { WatchedOrder } from '../evidence/evidence.ts'
import type { EvidenceLog } from '../evidence/log/evidence-log.ts'
import type { VerdictDocument } from '../report/verdict-schema.ts'
import type { Clock } from '../shared/clock.ts'
import { WaybillError } from '../shared/errors.ts'
import type { ReleaseStack } from '../shared/release.ts'
import { Secret } from '../shared/secret.ts'
import type { LedgerAnswer } from '../store/ledger.ts'
import { openStore, type Store } from '../store/store.ts'
import { closeLeftBehind, type LeftBehind } from './left-behind.ts'

/** What is written down of runs and orders, before and after. */
export interface Books {
  readonly log: EvidenceLog
  beginRun(run: string, probe: string): Promise<void>
  /** Enters the order and notes that placing begins. Only after this may anybody place it. */
  enter(order: WatchedOrder): Promise<void>
  placed(key: string, orderIds: readonly string[]): Promise<void>
  finish(document: VerdictDocument): Promise<void>
  /** Closes the entry of an order that is followed no longer, because the run was stopped. */
  letGo(key: string): Promise<void>
  /** Closes what a monitor that died left open in the ledger. */
  closeLeftBehind(placing: Contract['placing']): Promise<readonly LeftBehind[]>
  /** A run as it was written down; null when there is none. */
  find(run: string): ReturnType<Store['runs']['find']>
}

export interface BooksOptions {
  readonly settings: Settings
  readonly clock: Clock
  readonly onProgress: (sentence: string) => void
  readonly signal: AbortSignal
}

const done = (answer: LedgerAnswer): void => {
  if (answer.outcome === 'done') return
  throw new WaybillError({
    code: 'store-unavailable',
    message: `The ledger refused: ${answer.why}.`,
    hint: 'Place no further order before this is understood.',
  })
}

const databaseUrl = async (options: BooksOptions, held: ReleaseStack): Promise<Secret> => {
  if (options.settings.databaseUrl !== null) return options.settings.databaseUrl
  const { onProgress, signal } = options
  const shared = await acquireSharedPostgres({ onProgress, signal })
  held.push('PostgreSQL of the monitor', () => shared.release())
  return new Secret(shared.url)
}

/** Opens evidence log and ledger in the database the settings name, else in the monitor's own PostgreSQL. */
export async function openBooks(options: BooksOptions, held: ReleaseStack): Promise<Books> {
  const { clock, signal } = options
  const store = await openStore({ databaseUrl: await databaseUrl(options, held), signal })
  held.push('evidence log and ledger', () => store.close())
  return {
    log: store.evidence,
    beginRun: (run, probe) => store.runs.begin({ run, probe, slot: null, startedAt: clock.now() }),
    enter: async (order) => {
      done(await store.ledger.enterOrder({ ...order, externalReference: order.key, slot: null }))
      done(await store.ledger.beginPlacing(order.key))
    },
    placed: async (key, orderIds) => done(await store.ledger.recordPlaced(key, orderIds)),
    finish: async (document) => {
      const { verdict, revision, order } = document
      done(await store.ledger.recordFinished(order.key, verdict, revision))
      await store.runs.recordVerdict({ run: order.run, endedAt: clock.now(), verdict, revision, document })
    },
    letGo: async (key) => done(await store.ledger.recordFinished(key, 'inconclusive', 1)),
    closeLeftBehind: (placing) => closeLeftBehind(store.ledger, placing),
    find: (run) => store.runs.find(run),
  }
}
