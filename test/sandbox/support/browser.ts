import { type Browser, chromium } from 'playwright'
import { findBrowser } from '../../../src/embedded/browser.ts'

/** A real browser, the one the product would find. */
export async function openBrowser(): Promise<Browser> {
  const { executablePath } = await findBrowser()
  return chromium.launch({ executablePath })
}
