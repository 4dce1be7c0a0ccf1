import { openFurtherCell } from '../app/further-cell.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../app/sandbox-process.ts'
import { type App, startApp } from '../app/start.ts'
import type { Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'
import { asWaybillError, type WaybillError } from '../shared/errors.ts'
import type { SpecialCell } from './row.ts'

/** What the drill is run with; contract and settings are parameters, so that an order system with other names is drilled the same way. */
export interface House {
  readonly settings: Settings
  readonly contract: Contract
  readonly signal: AbortSignal
  readonly onProgress: (sentence: string) => void
  readonly onTrouble: (error: WaybillError) => void
}

/** One order system with its own monitor, apart from all others. */
export interface Cell {
  readonly app: App
  readonly special: SpecialCell | null
  close(): Promise<void>
}

/** Opens cells; the first brings up the servers on which the further ones stand. */
export interface Cells {
  open(special: SpecialCell | null): Promise<Cell>
  /** Closes the servers, after all cells. */
  close(): Promise<void>
}

/** What a cell's monitor asks: pages only where that is what the cell is for. */
const settingsFor = (special: SpecialCell | null, settings: Settings): Settings =>
  special === 'looks-at-pages' ? settings : { ...settings, page: null }

/** No cell at first. */
export function createCells({ settings, contract, signal, onProgress, onTrouble }: House): Cells {
  let servers: Promise<Sandbox> | undefined

  const bringUp = async (options: SandboxOptions, special: SpecialCell | null): Promise<Sandbox> => {
    const broker = special === null || special === 'looks-at-pages' ? {} : special
    if (servers !== undefined) return openFurtherCell(await servers, { ...options, ...broker })
    servers = startSandbox(options)
    const first = await servers
    // The others stand on its servers, so it goes last.
    return { ...first, stop: () => Promise.resolve() }
  }

  return {
    open: async (special) => {
      const app = await startApp({
        settings: settingsFor(special, settings),
        contract,
        signal,
        onProgress,
        onTrouble,
        bringUp: (options) => bringUp(options, special),
      })
      return { app, special, close: () => app.stop().catch((error: unknown) => onTrouble(asWaybillError(error))) }
    },
    close: async () => {
      const first = await servers?.catch(() => undefined)
      await first?.stop()
    },
  }
}
