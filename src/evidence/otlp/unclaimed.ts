import type { UnixNanos } from '../../shared/units.ts'
import { keyText } from '../keys.ts'
import type { Receipt } from './receipts.ts'
import type { ScannedSpan } from './scanned.ts'

export interface UnclaimedLimits {
  /** Most memory held, in bytes, as far as it can be told. */
  readonly maxBytes: number
  /** How long a span waits for its order to become known, in milliseconds. */
  readonly maxAgeMs: number
}

/** A span that belongs to nobody yet. */
export interface WaitingSpan {
  readonly scanned: ScannedSpan
  readonly receipt: Receipt
}

/** Spans forgotten before anybody claimed them. `crowded`: for want of room, before their time was over. */
export interface Forgotten {
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

interface Request {
  readonly at: UnixNanos
  readonly bytes: number
  readonly entries: Entry[]
  waiting: number
}

/** Spans of one trace form a chain in order of arrival, so that the oldest request always forgets from its head. */
interface Entry extends WaitingSpan {
  readonly request: Request
  next: Entry | undefined
}

interface Chain {
  head: Entry
  tail: Entry
}

/** Measured cost of the entry, its chain and its place in the index, beside the bytes of the request. */
const SPAN_BYTES = 360
const NANOS_PER_MS = 1_000_000n

export function createUnclaimedBuffer(limits: UnclaimedLimits): UnclaimedBuffer {
  const chains = new Map<string, Chain>()
  const requests = new Set<Request>()
  const byKey = createTraceIndex()
  const byLink = createTraceIndex()
  let bytes = 0
  let spans = 0

  const unindex = ({ scanned }: Entry) => {
    for (const key of scanned.keys) byKey.remove(keyText(key), scanned.traceId)
    for (const key of scanned.emission.emitter.keys) byKey.remove(keyText(key), scanned.traceId)
    for (const linked of scanned.linked) byLink.remove(linked, scanned.traceId)
  }

  const index = ({ scanned }: Entry) => {
    for (const key of scanned.keys) byKey.add(keyText(key), scanned.traceId)
    for (const key of scanned.emission.emitter.keys) byKey.add(keyText(key), scanned.traceId)
    for (const linked of scanned.linked) byLink.add(linked, scanned.traceId)
  }

  const leave = (entry: Entry) => {
    unindex(entry)
    spans--
    entry.request.waiting--
    if (entry.request.waiting === 0) {
      requests.delete(entry.request)
      bytes -= entry.request.bytes
    }
  }

  const forgetRequest = (request: Request, why: Forgotten['why'], into: Forgotten[]) => {
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
      const request: Request = {
        at,
        bytes: requestBytes + waiting.length * SPAN_BYTES,
        entries: [],
        waiting: waiting.length,
      }
      for (const { scanned, receipt } of waiting) {
        const entry: Entry = { scanned, receipt, request, next: undefined }
        request.entries.push(entry)
        const chain = chains.get(scanned.traceId)
        if (chain === undefined) chains.set(scanned.traceId, { head: entry, tail: entry })
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

/** Which traces mention something, counted, because several waiting spans of one trace may mention the same. */
function createTraceIndex() {
  const counts = new Map<string, Map<string, number>>()
  return {
    add: (what: string, traceId: string) => {
      const traces = counts.get(what) ?? new Map<string, number>()
      if (traces.size === 0) counts.set(what, traces)
      traces.set(traceId, (traces.get(traceId) ?? 0) + 1)
    },
    remove: (what: string, traceId: string) => {
      const traces = counts.get(what)
      const left = (traces?.get(traceId) ?? 1) - 1
      if (left > 0) traces?.set(traceId, left)
      else traces?.delete(traceId)
      if (traces?.size === 0) counts.delete(what)
    },
    traces: (what: string): string[] => [...(counts.get(what)?.keys() ?? [])],
  }
}
