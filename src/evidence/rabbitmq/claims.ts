import type { UnixNanos } from '../../shared/units.ts'
import { type Key, keyText } from '../keys.ts'

/** Which names of orders somebody waits for. A key claimed by two holders stays claimed until both release it. */
export interface Claims {
  /** Claims a key; true when nobody held it before for this holder. */
  hold(key: Key, holder: string, now: UnixNanos): boolean
  release(keys: Iterable<Key>, holder: string | undefined): void
  /** Whether any of the keys is claimed. */
  holdsAny(keys: readonly Key[]): boolean
  /** When the holder claimed its first key; null for one that holds none. */
  heldSince(holder: string): UnixNanos | null
  /** How many holders there are. */
  readonly holders: number
}

interface Holder {
  readonly since: UnixNanos
  readonly keys: Set<string>
}

export function createClaims(): Claims {
  const holders = new Map<string, Holder>()
  const count = new Map<string, number>()

  const drop = (text: string, name: string) => {
    const holder = holders.get(name)
    if (holder === undefined || !holder.keys.delete(text)) return
    if (holder.keys.size === 0) holders.delete(name)
    const left = (count.get(text) ?? 1) - 1
    if (left === 0) count.delete(text)
    else count.set(text, left)
  }

  return {
    hold: (key, name, now) => {
      const text = keyText(key)
      const holder = holders.get(name) ?? { since: now, keys: new Set<string>() }
      if (holder.keys.has(text)) return false
      holders.set(name, holder)
      holder.keys.add(text)
      count.set(text, (count.get(text) ?? 0) + 1)
      return true
    },
    release: (keys, holder) => {
      for (const key of keys) drop(keyText(key), holder ?? keyText(key))
    },
    holdsAny: (keys) => keys.some((key) => count.has(keyText(key))),
    heldSince: (holder) => holders.get(holder)?.since ?? null,
    get holders() {
      return holders.size
    },
  }
}
