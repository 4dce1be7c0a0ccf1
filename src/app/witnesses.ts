import type { Settings } from '../config/settings.ts'
import type { QuestionSettings } from '../config/witness-settings.ts'
import type { Contract } from '../contract/contract.ts'
import { findBrowser } from '../embedded/browser.ts'
import { createPageSource } from '../evidence/page/page.ts'
import type { ViewedPage } from '../evidence/page/settings.ts'
import type { Asker, Pace, SourceHealth } from '../evidence/ports.ts'
import { createPostgresSource, type PostgresSource } from '../evidence/postgres/postgres.ts'
import type { DatabaseAccess } from '../evidence/postgres/settings.ts'
import type { SpanRef } from '../evidence/span.ts'
import type { StorageAccess, StoredFile } from '../evidence/storage/settings.ts'
import { createStorageSource } from '../evidence/storage/storage.ts'
import type { SandboxReady } from '../sandbox/launch.ts'
import type { Clock } from '../shared/clock.ts'
import { WaybillError } from '../shared/errors.ts'
import { Secret } from '../shared/secret.ts'
import { milliseconds } from '../shared/units.ts'
import { buildClockAsker, buildStatusApi } from './sources.ts'

export interface WitnessOptions {
  readonly settings: Settings
  readonly contract: Contract
  /** Addresses the sandbox told; null without one. */
  readonly ready: SandboxReady | null
  readonly targets: Readonly<Record<string, string>>
  readonly clock: Clock
  /** Told of the span of each question that has one. */
  readonly onPoll: (poll: SpanRef) => void
  readonly say: (sentence: string) => void
}

/** All sources that are asked about orders. */
export interface Witnesses {
  readonly askers: readonly Asker[]
  /** Of the askers without a pace of their own. */
  readonly pace: Pace
  /** The rows of orders; null where none are read. */
  readonly postgres: PostgresSource | null
  /** Pages are looked at, and the browser for it works. */
  looksAtPages(): boolean
  /** One for each kind of source, asked or not, in the order a verdict lists them. */
  health(): readonly SourceHealth[]
  close(): Promise<void>
}

/** Builds the sources the settings name; none of them is asked, nor connects to anything, before an order is watched. */
export function buildWitnesses(options: WitnessOptions): Witnesses {
  const { settings, targets, clock, onPoll } = options
  const statusApi = buildStatusApi(settings, targets, clock, onPoll)
  const clocks = buildClockAsker(settings, targets, clock, onPoll)
  const postgres = buildPostgres(options)
  const storage = buildStorage(options)
  const page = buildPage(options)
  const askers = [statusApi, clocks, postgres, storage, page].filter((asker) => asker !== null)
  return {
    askers,
    pace: paceOf(settings.statusApi ?? NOT_ASKED),
    postgres,
    looksAtPages: () => page?.health().state === 'healthy',
    health: () => [
      statusApi?.health() ?? { name: 'status-api', ...NOT_CONFIGURED },
      postgres?.health() ?? { name: 'postgres', ...NOT_CONFIGURED },
      storage?.health() ?? { name: 'storage', ...NOT_CONFIGURED },
      page?.health() ?? { name: 'page', ...NOT_CONFIGURED },
    ],
    close: async () => {
      await Promise.allSettled(askers.map(async (asker) => asker.close?.()))
    },
  }
}

const NOT_CONFIGURED = { state: 'not-configured', told: 0, dropped: 0, detail: null } as const
const NOT_ASKED = { maxPerSecond: 1, moving: milliseconds(1000), atRest: milliseconds(1000) } as const

const paceOf = ({ moving, atRest, maxPerSecond }: Omit<QuestionSettings, 'timeout'>): Pace => ({
  quick: moving,
  slowest: atRest,
  maxPerSecond,
})

const missing = (settings: Settings, message: string, hint: string): WaybillError =>
  new WaybillError({ code: 'bad-configuration', place: settings.file, message, hint })

function buildPostgres({ settings, contract, ready, clock }: WitnessOptions): PostgresSource | null {
  const { postgres: given } = settings
  const rows = contract.rows ?? {}
  if (given === null || Object.keys(rows).length === 0) return null
  const { systems } = settings.sandbox
  const told: Readonly<Record<string, Secret>> =
    ready === null
      ? {}
      : { [systems['shop-db']]: new Secret(ready.shopDb), [systems['mes-db']]: new Secret(ready.mesDb) }
  const names = [...new Set(Object.values(rows).map(({ database }) => database))]
  const databases = names.map((name): [string, DatabaseAccess] => {
    const url = given.databases[name] ?? told[name]
    if (url === undefined) {
      const hint = `Set sources.postgres.databases.${JSON.stringify(name)}.url to a role that may only read, or sources.postgres to false.`
      throw missing(settings, `The address of the database ${name} is not known, whose rows the contract names.`, hint)
    }
    return [name, { url }]
  })
  const timeoutMs = given.timeout
  return createPostgresSource({ databases: Object.fromEntries(databases), rows, clock, timeoutMs, pace: paceOf(given) })
}

function buildStorage({ settings, contract, ready, clock }: WitnessOptions): Asker | null {
  const { storage: given } = settings
  const files = filesOf(contract)
  if (given === null || Object.keys(files).length === 0) return null
  const { endpoint, region, credentials, pathStyle } = given
  const named: StorageAccess = {
    pathStyle,
    ...(endpoint === null ? {} : { endpoint }),
    ...(region === null ? {} : { region }),
    ...(credentials === null ? {} : { credentials }),
  }
  const access = ready === null || endpoint !== null ? named : sandboxStorage(ready, files)
  return createStorageSource({ access, files, clock, timeoutMs: given.timeout, pace: paceOf(given) })
}

const sandboxStorage = (
  { s3: { endpoint, bucket, region, accessKeyId, secretAccessKey } }: SandboxReady,
  files: Readonly<Record<string, StoredFile>>,
): StorageAccess => ({
  endpoint,
  region,
  pathStyle: true,
  credentials: { accessKeyId, secretAccessKey: new Secret(secretAccessKey) },
  // Each cell of the sandbox has a bucket of its own.
  buckets: Object.fromEntries(Object.values(files).map((file) => [file.bucket, bucket])),
})

/** Each place once, whichever hand-offs touch it, with the flows whose path leads there. */
function filesOf({ handoffs, flows }: Contract): Readonly<Record<string, StoredFile>> {
  const files = new Map<string, readonly [handoff: string, file: StoredFile]>()
  for (const [id, handoff] of Object.entries(handoffs)) {
    if (handoff.kind !== 'storage' || handoff.object === undefined) continue
    const { bucket, object } = handoff
    const name = JSON.stringify([bucket, object])
    const mine = Object.entries(flows)
      .filter(([, { path }]) => path.some((step) => 'handoff' in step && step.handoff === id))
      .map(([flow]) => flow)
    const [first, known] = files.get(name) ?? [id, { bucket, object, flows: [] }]
    files.set(name, [first, { ...known, flows: [...new Set([...known.flows, ...mine])] }])
  }
  return Object.fromEntries(files.values())
}

function buildPage({ settings, contract, targets, clock, say }: WitnessOptions) {
  const { page: given } = settings
  const views = Object.entries(contract.views ?? {})
  if (given === null || views.length === 0) return null
  const pages = views.map(([name, { system, path, shows, until, entry, text }]): [string, ViewedPage] => {
    const target = targets[system]
    if (target === undefined) {
      const hint = `Set targets.${system}, or sources.page to false.`
      throw missing(settings, `The address of ${system} is not known, whose page "${name}" the contract names.`, hint)
    }
    const url = `${target.replace(/\/+$/, '')}${path}`
    const more = { ...(until === undefined ? {} : { until }), ...(text === undefined ? {} : { text }) }
    return [name, { system, url, shows, entry, ...more }]
  })
  // The limit is one for all pages together: each look is a whole page load.
  const pace = { ...paceOf(given), maxPerSecond: given.maxPerSecond / pages.length }
  const find = async (): Promise<string> => (await findBrowser({ onProgress: say })).executablePath
  return createPageSource({
    views: Object.fromEntries(pages),
    findBrowser: find,
    clock,
    timeoutMs: given.timeout,
    pace,
  })
}
