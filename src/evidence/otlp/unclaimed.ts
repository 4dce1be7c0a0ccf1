import type { UnixNanos } from '../../shared/units.ts'
import type { Receipt } from './receipts.ts'
import type { ScannedSpan } from './scanned.ts'

export interface UnclaimedLimits {
  /** Most memory held, in bytes, as far as it can be told. */
  readonly maxBytes: number
  /** How long a span waits for its order to become known, in milliseconds. */
  readonly maxAgeMs: number
}

/** A span that belongs to nobody yet. The last two fields are the buffer's own: its request, and the next span of its trace. */
export interface WaitingSpan {
  readonly scanned: ScannedSpan
  readonly receipt: Receipt
  request: WaitingRequest | undefined
  next: WaitingSpan | undefined
}

/** Spans forgotten before anybody claimed them. `crowded`: for want of room, before their time was over. */
interface Forgotten {
  readonly span: WaitingSpan
  readonly why: 'crowded' | 'aged'
}

/**
 * Where spans wait that arrived before anybody knew they belong to an order. Memory is let go by whole requests, oldest first, because
 * a request's bytes stay alive as long as one of its spans waits.
 */
export interface UnclaimedBuffer {
  /** Keeps the spans of one request that nobody claimed. */
  add(spans: readonly WaitingSpan[], bytes: number, at: UnixNanos): void
  /** Takes out all spans of a trace, in order of arrival. */
  take(traceId: string): WaitingSpan[]
  /** Traces with a waiting span that holds the key (as `keyText` writes it). */
  tracesWithKey(key: string): string[]
  /** Traces with a waiting span that links to the trace. */
  tracesLinkingTo(traceId: string): string[]
  /** Lets go of what is too old or too much. */
  forget(now: UnixNanos): Forgotten[]
  readonly bytes: number
  readonly spans: number
}

/** The spans of one request that wait. */
interface WaitingRequest {
  readonly at: UnixNanos
  readonly bytes: number
  readonly entries: readonly WaitingSpan[]
  waiting: number
}

/** Spans of one trace form a chain in order of arrival, so that the oldest request always forgets from its head. */
interface Chain {
  head: WaitingSpan
  tail: WaitingSpan
}

// Memory held beside the bytes of a request, measured: for the request, for each span with its trace, for each key or link.
const REQUEST_BYTES = 1500
const SPAN_BYTES = 300
const MENTION_BYTES = 200
const NANOS_PER_MS = 1_000_000n

export function createUnclaimedBuffer(limits: UnclaimedLimits): UnclaimedBuffer {
  const chains = new Map<string, Chain>()
  const requests = new Set<WaitingRequest>()
  const byKey = createTraceIndex()
  const byLink = createTraceIndex()
  let bytes = 0
  let spans = 0

  const unindex = ({ scanned }: WaitingSpan) => {
    for (const key of scanned.keys) byKey.remove(key.text, scanned.traceId)
    for (const key of scanned.emission.emitter.keys) byKey.remove(key.text, scanned.traceId)
    for (const linked of scanned.linked) byLink.remove(linked, scanned.traceId)
  }

  const index = ({ scanned }: WaitingSpan) => {
    for (const key of scanned.keys) byKey.add(key.text, scanned.traceId)
    for (const key of scanned.emission.emitter.keys) byKey.add(key.text, scanned.traceId)
    for (const linked of scanned.linked) byLink.add(linked, scanned.traceId)
  }

  const leave = (entry: WaitingSpan) => {
    unindex(entry)
    spans--
    const { request } = entry
    entry.request = undefined
    if (request === undefined || --request.waiting > 0) return
    requests.delete(request)
    bytes -= request.bytes
  }

  const forgetRequest = (request: WaitingRequest, why: Forgotten['why'], into: Forgotten[]) => {
    for (const entry of request.entries) {
      const chain = chains.get(entry.scanned.traceId)
      if (chain?.head !== entry) continue
      if (entry.next === undefined) chains.delete(entry.scanned.traceId)
      else chain.head = entry.next
      leave(entry)
      into.push({ span: entry, why })
    }
  }

  return {
    add: (waiting, requestBytes, at) => {
      if (waiting.length === 0) return
      const request: WaitingRequest = {
        at,
        bytes: requestBytes + REQUEST_BYTES + waiting.reduce((sum, { scanned }) => sum + overheadOf(scanned), 0),
        entries: waiting,
        waiting: waiting.length,
      }
      for (const entry of waiting) {
        entry.request = request
        const { traceId } = entry.scanned
        const chain = chains.get(traceId)
        if (chain === undefined) chains.set(traceId, { head: entry, tail: entry })
        else {
          chain.tail.next = entry
          chain.tail = entry
        }
        index(entry)
      }
      requests.add(request)
      bytes += request.bytes
      spans += waiting.length
    },
    take: (traceId) => {
      const taken: WaitingSpan[] = []
      const chain = chains.get(traceId)
      chains.delete(traceId)
      for (let entry = chain?.head; entry !== undefined; entry = entry.next) {
        leave(entry)
        taken.push(entry)
      }
      return taken
    },
    tracesWithKey: byKey.traces,
    tracesLinkingTo: byLink.traces,
    forget: (now) => {
      const forgotten: Forgotten[] = []
      const oldest = now - BigInt(limits.maxAgeMs) * NANOS_PER_MS
      for (const request of requests) {
        if (bytes > limits.maxBytes) forgetRequest(request, 'crowded', forgotten)
        else if (request.at < oldest) forgetRequest(request, 'aged', forgotten)
        else break
      }
      return forgotten
    },
    get bytes() {
      return bytes
    },
    get spans() {
      return spans
    },
  }
}

const overheadOf = ({ keys, linked, emission }: ScannedSpan): number =>
  SPAN_BYTES + (keys.length + linked.length + emission.emitter.keys.length) * MENTION_BYTES

/** One trace mentions something so many times; a map only where several traces do, because most keys are one trace's. */
type Mentions = { readonly traceId: string; count: number } | Map<string, number>

/** Which traces mention something, counted, because several waiting spans of one trace may mention the same. */
function createTraceIndex() {
  const mentions = new Map<string, Mentions>()

  const change = (what: string, traceId: string, by: 1 | -1) => {
    const known = mentions.get(what)
    if (known instanceof Map) {
      const count = (known.get(traceId) ?? 0) + by
      if (count > 0) known.set(traceId, count)
      else known.delete(traceId)
      if (known.size === 0) mentions.delete(what)
    } else if (known === undefined) {
      if (by === 1) mentions.set(what, { traceId, count: 1 })
    } else if (known.traceId === traceId) {
      known.count += by
      if (known.count === 0) mentions.delete(what)
    } else if (by === 1) {
      mentions.set(
        what,
        new Map([
          [known.traceId, known.count],
          [traceId, 1],
        ]),
      )
    }
  }

  return {
    add: (what: string, traceId: string) => change(what, traceId, 1),
    remove: (what: string, traceId: string) => change(what, traceId, -1),
    traces: (what: string): string[] => {
      const known = mentions.get(what)
      if (known === undefined) return []
      return known instanceof Map ? [...known.keys()] : [known.traceId]
    },
  }
}
