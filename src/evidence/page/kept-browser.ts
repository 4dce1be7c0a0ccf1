import type { Browser } from 'playwright'

/** One browser for all looks: started when first needed, started again when it died, closed after a while without looks. */
export interface KeptBrowser {
  /** Rejects where no browser can be started. */
  get(): Promise<Browser>
  close(): Promise<void>
}

const IDLE_MS = 60_000
const START_LIMIT_MS = 20_000

/** `find` names the program; it is called when a browser is first needed. */
export function keepBrowser(find: () => Promise<string>): KeptBrowser {
  let starting: Promise<Browser> | undefined
  let idle: NodeJS.Timeout | undefined
  let closed = false

  const start = async (): Promise<Browser> => {
    const executablePath = await find()
    const { chromium } = await import('playwright')
    const browser = await chromium.launch({
      executablePath,
      timeout: START_LIMIT_MS,
      handleSIGINT: false,
      handleSIGTERM: false,
      handleSIGHUP: false,
    })
    browser.on('disconnected', () => {
      starting = undefined
    })
    return browser
  }
  const stop = async () => {
    clearTimeout(idle)
    const running = starting
    starting = undefined
    await running?.then(
      (browser) => browser.close(),
      () => {},
    )
  }

  return {
    get: async () => {
      if (closed) throw new Error('the monitor is stopping')
      clearTimeout(idle)
      idle = setTimeout(() => void stop(), IDLE_MS).unref()
      starting ??= start()
      try {
        return await starting
      } catch (error) {
        starting = undefined
        throw error
      }
    },
    close: async () => {
      closed = true
      await stop()
    },
  }
}
