/** The kinds of name under which one order is known somewhere. */
export type KeyKind = 'order' | 'reference' | 'trace' | 'message' | 'correlation' | 'run'

/** One name of an order. */
export interface Key {
  readonly kind: KeyKind
  readonly value: string
}

/** All names known so far of one order; grows as facts are read. */
export type KeySet = Readonly<Record<KeyKind, ReadonlySet<string>>>

export const keyText = (key: Key): string => `${key.kind}:${key.value}`
