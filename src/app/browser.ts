import { type Browser, findBrowser } from '../embedded/browser.ts'
import { asWaybillError } from '../shared/errors.ts'

/**
 * The browser for page probes; null, said once, where none can be had: probes that need no page still run. One that was named and is
 * none is thrown: whoever named it wants to know before an order is placed.
 */
export async function findBrowserIfAny(say: (sentence: string) => void): Promise<Browser | null> {
  try {
    return await findBrowser({ onProgress: say })
  } catch (error) {
    const known = asWaybillError(error)
    if (known.code === 'bad-configuration') throw known
    say(`No browser, so probes that need a page cannot run: ${known.sentence()}`)
    return null
  }
}
