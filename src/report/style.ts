/** What a piece of the report is, so that colour is chosen in one place. */
export type Tone = 'plain' | 'strong' | 'faint' | 'good' | 'warn' | 'bad' | 'unsure'

/** Dresses text; the plain one gives it back unchanged. */
export type Style = (tone: Tone, text: string) => string

const SGR: Readonly<Record<Tone, string>> = {
  plain: '',
  strong: '1',
  faint: '2',
  good: '32',
  warn: '33',
  bad: '1;31',
  unsure: '35',
}

/** For files, pipes and `NO_COLOR`. */
export const plainStyle: Style = (_tone, text) => text

/** For a terminal. */
export const colorStyle: Style = (tone, text) =>
  SGR[tone] === '' || text === '' ? text : `\u001b[${SGR[tone]}m${text}\u001b[0m`

/** White on colour, for the one word that matters. */
export const badge = (style: Style, tone: Tone, word: string): string =>
  style === plainStyle ? ` ${word} ` : `\u001b[7m${style(tone, ` ${word} `)}`

// Everything below 0x20, DEL and the C1 range: foreign text must not steer the terminal.
const isControl = (code: number): boolean => code < 0x20 || (code >= 0x7f && code < 0xa0)

/** Foreign text made safe to print on one line. */
export const safeText = (text: string): string =>
  Array.from(text, (character) => (isControl(character.codePointAt(0) ?? 0) ? ' ' : character)).join('')
