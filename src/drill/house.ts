import { openFurtherCell } from '../app/further-cell.ts'
import { type Sandbox, type SandboxOptions, startSandbox } from '../app/sandbox-process.ts'
import { type App, startApp } from '../app/start.ts'
import type { Settings } from '../config/settings.ts'
import type { Contract } from '../contract/contract.ts'
import { asWaybillError, type WaybillError } from '../shared/errors.ts'

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
  close(): Promise<void>
}

/** Opens cells; the first brings up the servers on which the further ones stand. */
export interface Cells {
  /** `consumerTimeoutMs`: with a broker of its own that wants messages acknowledged within this time. */
  open(consumerTimeoutMs?: number | null): Promise<Cell>
  /** Closes the servers, after all cells. */
  close(): Promise<void>
}

/** No cell at first. */
export function createCells({ settings, contract, signal, onProgress, onTrouble }: House): Cells {
  let servers: Promise<Sandbox> | undefined

  const bringUp = async (options: SandboxOptions, consumerTimeoutMs: number | null): Promise<Sandbox> => {
    const special = consumerTimeoutMs === null ? {} : { consumerTimeoutMs }
    if (servers !== undefined) return openFurtherCell(await servers, { ...options, ...special })
    servers = startSandbox(options)
    const first = await servers
    // The others stand on its servers, so it goes last.
    return { ...first, stop: () => Promise.resolve() }
  }

  return {
    open: async (consumerTimeoutMs = null) => {
      const app = await startApp({
        settings,
        contract,
        signal,
        onProgress,
        onTrouble,
        bringUp: (options) => bringUp(options, consumerTimeoutMs),
      })
      return { app, close: () => app.stop().catch((error: unknown) => onTrouble(asWaybillError(error))) }
    },
    close: async () => {
      const first = await servers?.catch(() => undefined)
      await first?.stop()
    },
  }
}
