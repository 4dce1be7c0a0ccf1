import { type Browser, findBrowser } from '../embedded/browser.ts'
import { asWaybillError } from '../shared/errors.ts'

/** The browser for page probes; null, said once, where none can be had: probes that need no page still run. */
export async function findBrowserIfAny(say: (sentence: string) => void): Promise<Browser | null> {
  try {
    return await findBrowser({ onProgress: say })
  } catch (error) {
    say(`No browser, so probes that need a page cannot run: ${asWaybillError(error).sentence()}`)
    return null
  }
}
