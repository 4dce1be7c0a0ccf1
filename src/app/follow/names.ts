import type { Fact } from '../../evidence/fact.ts'
import { type Key, type KeyKind, type KeySet, keyText } from '../../evidence/keys.ts'
import { pollOf } from '../../evidence/poll.ts'

// A run holds many orders and an order of another run may share nothing with ours but a correlation id of the caller's choosing.
const ROUTING: readonly KeyKind[] = ['order', 'reference', 'trace', 'message']

/** Every name of a fact by which it can be told whose it is: its keys, and the traces its span links to. */
export function namesOf(fact: Fact): readonly string[] {
  const keys = fact.keys.filter((key) => ROUTING.includes(key.kind)).map(keyText)
  if (fact.kind !== 'span-ended') return keys
  return [...keys, ...fact.span.links.map((link) => keyText({ kind: 'trace', value: link.traceId }))]
}

/** The trace of a question of ours, which the asked system's spans will carry. */
export const pollTraceOf = (fact: Fact): string | null => pollOf(fact)?.traceId ?? null

/** The names of a key set that sources can be asked for or told to look out for. */
export const keysOf = (set: KeySet): readonly Key[] =>
  (['order', 'reference', 'trace', 'message', 'correlation'] as const).flatMap((kind) =>
    [...set[kind]].map((value) => ({ kind, value })),
  )
