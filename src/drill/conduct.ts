import { findBrowserIfAny } from '../app/browser.ts'
import type { Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'
import { listProbes } from '../probe/probe-files.ts'
import type { DrillSummary } from '../report/drill-schema.ts'
import { FAULTS } from '../sandbox/launch.ts'
import type { WaybillError } from '../shared/errors.ts'
import { milliseconds } from '../shared/units.ts'
import { drill } from './drill.ts'
import { createCells } from './house.ts'
import { type Asked, chooseItems } from './items.ts'
import { drillSummary, type Result } from './result.ts'
import { canBePlayed, type Removable, sourcesOf, withoutSource } from './witnesses.ts'

/** A drill as it was asked for, and who hears of it. */
export interface DrillRequest {
  readonly settings: Settings
  readonly contract: Contract
  readonly asked: Omit<Asked, 'probes'>
  /** The witness that is taken away. */
  readonly without: Removable | null
  readonly atOnce: number
  readonly ownCells: number
  /** Where rows that did not pass are kept for study. */
  readonly folder: string
  readonly signal: AbortSignal
  readonly onProgress: (sentence: string) => void
  readonly onTrouble: (error: WaybillError) => void
  /** Called as each row ends; `count` with how many have. */
  readonly onResult: (result: Result, count: number) => void
}

/** Quick enough for two looks after the time a page has. */
const LOOKS: NonNullable<Settings['page']> = {
  maxPerSecond: 2,
  moving: milliseconds(500),
  atRest: milliseconds(1_000),
  timeout: milliseconds(3_000),
}

/** Plays what was asked for in cells of the sandbox, and takes everything down again. The results come in the order of the rows. */
export async function conductDrill(request: DrillRequest): Promise<{
  readonly results: readonly Result[]
  readonly summary: DrillSummary
}> {
  const { contract, asked, without, signal, onProgress, onTrouble } = request
  const all = chooseItems(FAULTS, { ...asked, probes: await listProbes(request.settings.probesFolder) })
  // Things are broken on purpose: never anything but the sandbox, whatever the configuration watches.
  const whole = { ...request.settings, system: 'sandbox', targets: {}, page: request.settings.page ?? LOOKS }
  const settings = without === null ? whole : withoutSource(whole, without)
  const sources = sourcesOf(settings)
  const items = all.filter(({ row }) => canBePlayed(row, sources))
  for (const { row } of all)
    if (!canBePlayed(row, sources))
      onProgress(`${row.id} is left out: only telemetry tells the drill when to go on with it.`)
  const cells = createCells({ settings, contract, signal, onProgress, onTrouble })
  const results: Result[] = []
  const began = performance.now()
  try {
    await drill(items, {
      cells,
      sources,
      folder: request.folder,
      signal,
      browser: items.some(({ row }) => row.probe !== null) ? await findBrowserIfAny(onProgress) : null,
      atOnce: request.atOnce,
      ownCells: request.ownCells,
      onResult: (result) => {
        results.push(result)
        request.onResult(result, results.length)
      },
    })
  } finally {
    await cells.close()
  }
  const order = new Map(items.map(({ row }, index) => [row, index]))
  const sorted = results.toSorted((a, b) => (order.get(a.row) ?? items.length) - (order.get(b.row) ?? items.length))
  const drawn = asked.random !== undefined || asked.healthy !== undefined
  const tookMs = Math.round(performance.now() - began)
  return { results: sorted, summary: drillSummary(results, { without, seed: drawn ? asked.seed : null, tookMs }) }
}
