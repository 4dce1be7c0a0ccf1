import type { Fact, SpanEnded } from '../evidence/fact.ts'
import type { Key } from '../evidence/keys.ts'
import type { Span } from '../evidence/span.ts'

/** The first orders of others that pass by, looked at for what telemetry they leave. Lives in memory only, as long as the doctor looks. */
export interface Sample {
  /** Told of an order nobody follows. */
  meet(key: Key): void
  fact(fact: Fact): void
  /** Spans by the id of the order they belong to. */
  spans(): ReadonlyMap<string, readonly Span[]>
}

const ORDERS = 20

/** `claim` has the spans of an order told from now on. */
export function createSample(claim: (keys: readonly Key[], holder: string) => void): Sample {
  const orders = new Map<string, Span[]>()
  const orderOfTrace = new Map<string, string>()

  const orderOf = ({ keys, span }: SpanEnded): string | undefined => {
    const named = keys.find(({ kind, value }) => kind === 'order' && orders.has(value))?.value
    const order = named ?? orderOfTrace.get(span.traceId)
    if (order !== undefined) orderOfTrace.set(span.traceId, order)
    return order
  }

  return {
    meet: (key) => {
      if (orders.has(key.value) || orders.size >= ORDERS) return
      orders.set(key.value, [])
      claim([key], `sample ${key.value}`)
    },
    fact: (fact) => {
      if (fact.kind !== 'span-ended') return
      const order = orderOf(fact)
      if (order !== undefined) orders.get(order)?.push(fact.span)
    },
    spans: () => orders,
  }
}
