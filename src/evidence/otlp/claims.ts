import { type Key, keyText } from '../keys.ts'

/** A trace that belongs to somebody. */
export interface ClaimedTrace {
  readonly traceId: string
  readonly holders: Set<string>
  /** Traces tied to this one by a link in either direction. */
  readonly tied: Set<string>
  /** How many traces its own spans linked to have been tied to it. */
  followed: number
  /** Span ids already told, so that a repeated export tells nothing twice. */
  readonly told: Set<string>
}

/** Which keys and traces are claimed, and for whom. Knows nothing of spans. */
export interface Claims {
  /** Claims a key other than a trace; true when nobody held it before for this holder. */
  hold(key: Key, holder: string): boolean
  /** Claims a trace for holders. Returns it when that is news to at least one of them, and whether the trace itself is new. */
  holdTrace(
    traceId: string,
    holders: Iterable<string>,
  ): { readonly trace: ClaimedTrace; readonly isNew: boolean } | undefined
  trace(traceId: string): ClaimedTrace | undefined
  /** Who claims a key (as `keyText` writes it). */
  holdersOf(key: string): ReadonlySet<string>
  /** Lets go of keys; when a holder has none left, of all traces only it holds. */
  release(keys: Iterable<Key>, holder: string | undefined): void
  /** Traces not claimed because a holder had too many. */
  readonly refused: number
}

interface Holder {
  readonly keys: Set<string>
  readonly traces: Set<string>
}

/** One order's path is some tens of traces; a holder that reaches this many has been led astray by a shared loop. */
const MAX_TRACES_PER_HOLDER = 2000
const NOBODY: ReadonlySet<string> = new Set()

export function createClaims(): Claims {
  const holders = new Map<string, Holder>()
  const holdersByKey = new Map<string, Set<string>>()
  const traces = new Map<string, ClaimedTrace>()
  let refused = 0

  const holderNamed = (name: string): Holder => {
    const known = holders.get(name)
    if (known !== undefined) return known
    const fresh = { keys: new Set<string>(), traces: new Set<string>() }
    holders.set(name, fresh)
    return fresh
  }

  const dropKey = (text: string, name: string) => {
    const holder = holders.get(name)
    if (holder === undefined || !holder.keys.delete(text)) return
    const others = holdersByKey.get(text)
    others?.delete(name)
    if (others?.size === 0) holdersByKey.delete(text)
    if (holder.keys.size > 0) return
    holders.delete(name)
    for (const traceId of holder.traces) {
      const trace = traces.get(traceId)
      trace?.holders.delete(name)
      if (trace?.holders.size === 0) traces.delete(traceId)
    }
  }

  return {
    hold: (key, name) => {
      const text = keyText(key)
      const holder = holderNamed(name)
      if (holder.keys.has(text)) return false
      holder.keys.add(text)
      const others = holdersByKey.get(text)
      if (others === undefined) holdersByKey.set(text, new Set([name]))
      else others.add(name)
      return true
    },
    holdTrace: (traceId, names) => {
      let trace = traces.get(traceId)
      const isNew = trace === undefined
      let news = false
      for (const name of names) {
        const holder = holders.get(name)
        if (holder === undefined || holder.traces.has(traceId)) continue
        if (holder.traces.size >= MAX_TRACES_PER_HOLDER) {
          refused++
          continue
        }
        trace ??= { traceId, holders: new Set(), tied: new Set(), followed: 0, told: new Set() }
        trace.holders.add(name)
        holder.traces.add(traceId)
        news = true
      }
      if (trace === undefined || !news) return undefined
      traces.set(traceId, trace)
      return { trace, isNew }
    },
    trace: (traceId) => traces.get(traceId),
    holdersOf: (key) => holdersByKey.get(key) ?? NOBODY,
    release: (keys, holder) => {
      for (const key of keys) dropKey(keyText(key), holder ?? keyText(key))
    },
    get refused() {
      return refused
    },
  }
}
