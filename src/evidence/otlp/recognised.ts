import type { Recognise } from '../../contract/contract.ts'
import type { Key, KeyKind } from '../keys.ts'
import type { AttributeValue } from '../span.ts'

/** Attributes by which a span names the message it speaks of, in both generations of messaging names. */
const MESSAGE_NAMES: readonly (readonly [string, KeyKind])[] = [
  ['messaging.message.id', 'message'],
  ['messaging.message_id', 'message'],
  ['messaging.message.conversation_id', 'correlation'],
  ['messaging.conversation_id', 'correlation'],
]

const MAX_VALUE_CHARS = 256

export interface RecognisedName {
  readonly name: string
  readonly bytes: Buffer
  readonly kind: KeyKind
}

/** The attribute names that hold a key of an order, ready to be compared with bytes on the wire. */
export interface RecognisedNames {
  /** Kind of key an attribute holds; `undefined` for any other attribute. */
  kindOf(name: string): KeyKind | undefined
  /** Names by their length in bytes: most attributes of a foreign span are told apart by this alone. */
  readonly byLength: readonly (readonly RecognisedName[] | undefined)[]
}

export function recognisedNames(recognise: Recognise): RecognisedNames {
  const kinds = new Map<string, KeyKind>(MESSAGE_NAMES)
  for (const name of recognise.span.reference ?? []) kinds.set(name, 'reference')
  for (const name of recognise.span.order) kinds.set(name, 'order')
  const byLength: RecognisedName[][] = []
  for (const [name, kind] of kinds) {
    const bytes = Buffer.from(name)
    const others = byLength[bytes.length] ?? []
    byLength[bytes.length] = [...others, { name, bytes, kind }]
  }
  return { kindOf: (name) => kinds.get(name), byLength }
}

/** A key found in a span, with its text as `keyText` writes it, by which it is looked up several times. */
export interface FoundKey extends Key {
  readonly text: string
}

/** The keys an attribute's value holds: one for text or a number, one for each element of an array. */
export function keysOf(kind: KeyKind, value: AttributeValue): FoundKey[] {
  if (typeof value === 'object') return value.flatMap((element) => keysOf(kind, element))
  const text = String(value)
  if (text === '' || text.length > MAX_VALUE_CHARS) return []
  return [{ kind, value: text, text: `${kind}:${text}` }]
}
