import { randomInt, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { createDictionary, type Dictionary } from './dictionary.ts'
import { DISGUISED } from './disguised.ts'
import { createFields, type Fields } from './fields.ts'
import { type NameTable, USUAL } from './words.ts'

/** Translates where a name meets the wire; inside, everything is called as in docs/sandbox.md. */
export interface Names {
  /** Whether anything has another name outside than inside. */
  readonly disguised: boolean
  readonly service: Dictionary
  readonly status: Dictionary
  readonly talk: Dictionary
  readonly path: Dictionary
  readonly sql: Dictionary
  readonly attribute: Dictionary
  readonly storage: Dictionary
  readonly messageHeader: Dictionary
  readonly requestHeader: Dictionary
  /** Documents that services answer, are sent, and send each other. */
  readonly document: Fields
  /** Rows, and what stands in for the parameters of a statement. */
  readonly row: Fields
  /** The text of a page. */
  page(text: string): string
  /** The name of an order that has just come into being. */
  newOrderId(): string
  /** What is the name of an order. */
  readonly orderId: z.ZodType<string>
}

// Crockford's alphabet: nothing that is read aloud or typed wrong.
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const DOCKET_LENGTH = 26
const DOCKET = /^KD-[0-9A-HJKMNP-TV-Z]{26}$/

const newDocket = (): string =>
  `KD-${Array.from({ length: DOCKET_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`

/** The names by a table. */
export function createNames(table: NameTable): Names {
  const disguised = table !== USUAL
  const status = createDictionary(table.statuses)
  const texts = Object.entries(table.pages)
  return {
    disguised,
    service: createDictionary(table.services),
    status,
    talk: createDictionary(table.talk),
    path: createDictionary(table.paths),
    sql: createDictionary(table.sql),
    attribute: createDictionary(table.attributes),
    storage: createDictionary(table.storage),
    messageHeader: createDictionary(table.messageHeaders),
    requestHeader: createDictionary(table.requestHeaders),
    document: createFields(table.fields, table.statuses),
    row: createFields(table.sql, disguised ? { ...table.statuses, shop: 'counter', partner: 'trade' } : {}),
    page: (text) => status.say(texts.reduce((said, [ours, wire]) => said.replaceAll(ours, wire), text)),
    newOrderId: disguised ? newDocket : randomUUID,
    orderId: disguised ? z.string().regex(DOCKET) : z.uuid(),
  }
}

/** The names of this process: those of docs/sandbox.md unless its starter has set `SANDBOX_NAMES` to `disguised`. */
export const names: Names = createNames(process.env.SANDBOX_NAMES === 'disguised' ? DISGUISED : USUAL)
