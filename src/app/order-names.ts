import { randomBytes, randomInt } from 'node:crypto'

// Crockford's alphabet: nothing that is read aloud or typed wrong.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const KEY_LENGTH = 10

/** A new order key, which is also the external reference the order is placed under; begins with the mark of test orders. */
export const newOrderKey = (): string =>
  `SYN-${Array.from({ length: KEY_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`

/** A new run id: when, what, and four characters against two in one second. */
export const newRunId = (probe: string, at: Date): string =>
  `${at.toISOString().replace(/[-:]/g, '').slice(0, 15)}-${probe}-${randomBytes(2).toString('hex')}`
