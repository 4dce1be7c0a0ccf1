import type { KeySet } from '../keys.ts'
import type { ViewedPage } from './settings.ts'

/** Foreign text as part of a CSS selector, within quotes or without. */
const escapeCss = (text: string): string =>
  Array.from(text)
    .map((sign) => (/[A-Za-z_-]/.test(sign) ? sign : `\\${(sign.codePointAt(0) ?? 0).toString(16)} `))
    .join('')

/** Selectors of an order's entries: one for each id of it. */
export function selectorsOf({ entry }: Pick<ViewedPage, 'entry'>, { order, reference }: KeySet): readonly string[] {
  const [first = ''] = reference
  const withReference = entry.replaceAll('{reference}', () => escapeCss(first))
  return [...new Set([...order].map((id) => withReference.replaceAll('{order}', () => escapeCss(id))))]
}

/** Runs in the page: the text of the first visible element for each selector, null where there is none. */
export const readEntries = (selectors: readonly string[]): string =>
  `(${JSON.stringify(selectors)}).map((selector) => {
    const shown = [...document.querySelectorAll(selector)].find((element) => element.checkVisibility())
    return shown === undefined ? null : shown.innerText
  })`

/** What the page shows of one order: its entry's text, if any, against what must be in it. */
export function readingOf(
  { text }: Pick<ViewedPage, 'text'>,
  shown: readonly (string | null)[],
): 'shown' | 'wrong' | 'absent' {
  const texts = shown.filter((entry) => entry !== null)
  if (texts.length === 0) return 'absent'
  const pattern = text === undefined ? null : new RegExp(text, 'u')
  return pattern === null || texts.some((entry) => pattern.test(entry)) ? 'shown' : 'wrong'
}
