import type { Recognise } from '../../contract/contract.ts'
import type { UnixNanos } from '../../shared/units.ts'
import { type Key, keyText } from '../keys.ts'
import type { PlantedRegistry } from '../planted.ts'
import type { EvidenceSink } from '../ports.ts'
import { createAgedTraces, type Gap, widenGap } from './aged-traces.ts'
import { type ClaimedTrace, createClaims } from './claims.ts'
import { createCounters, type IntakeCounts } from './counts.ts'
import { exposuresIn, textsOfLogs, textsOfSpans, withoutPlanted } from './exposure.ts'
import type { RawSpan } from './raw-span.ts'
import { readLogsJson, readLogsProtobuf } from './read-logs.ts'
import { readSumsJson, readSumsProtobuf } from './read-metrics.ts'
import { createReceipts, type Receipt } from './receipts.ts'
import { type FoundKey, recognisedNames } from './recognised.ts'
import type { OtlpForm } from './reply.ts'
import { scanJson } from './scan-json.ts'
import { scanProtobuf } from './scan-protobuf.ts'
import type { Emission, ScannedExport } from './scanned.ts'
import { createSdkDrops, isSpanCounter } from './sdk-drops.ts'
import { createTeller, type TellerOptions } from './teller.ts'
import { createUnclaimedBuffer, type UnclaimedLimits, type WaitingSpan } from './unclaimed.ts'

export interface IntakeOptions extends Omit<TellerOptions, 'clean'> {
  readonly recognise: Recognise
  readonly unclaimed: UnclaimedLimits
  /** What is planted in the orders that are followed; unset: nothing. */
  readonly planted?: PlantedRegistry
  /** Told of the order keys of spans that nobody claims; unset: strangers pass unseen. */
  readonly onStranger?: (key: Key) => void
}

/** What became of an export request; `rejected` spans were refused one by one for the reason `why`. */
export interface Taken {
  readonly rejected: number
  readonly why: string | null
}

/** Turns export requests into facts and coverage. Knows no network; throws only `MalformedExport`, and then has taken nothing. */
export interface SpanIntake {
  takeProtobuf(body: Buffer): Taken
  takeJson(body: Buffer): Taken
  /** Log records are looked through for planted values and let go. */
  takeLogs(form: OtlpForm, body: Buffer): Taken
  /** Of metrics only the SDK's own counts of lost spans matter: each loss is a hole in coverage. */
  takeMetrics(form: OtlpForm, body: Buffer): Taken
  claim(keys: Iterable<Key>, holder?: string): void
  release(keys: Iterable<Key>, holder?: string): void
  /** Lets go of waiting spans whose time is over. */
  forget(): void
  counts(): IntakeCounts
}

/** A trace that links to more others than this is a loop many orders share; its further links are not followed. */
const MAX_FOLLOWED = 16
/** Most ties remembered of one trace. */
const MAX_TIES = 2000
const MAX_AGED_TRACES = 50_000
const NOTHING_REJECTED: Taken = { rejected: 0, why: null }

export function createSpanIntake(sink: EvidenceSink, options: IntakeOptions): SpanIntake {
  const names = recognisedNames(options.recognise)
  const receipts = createReceipts()
  const claims = createClaims()
  const unclaimed = createUnclaimedBuffer(options.unclaimed)
  const aged = createAgedTraces(MAX_AGED_TRACES)
  /** Traces that became claimed during the call under way. */
  let claimedNow: string[] = []
  const count = createCounters()
  /** Emissions of a request that may hold planted values. */
  const tainted = new WeakSet<Emission>()
  const clean = (raw: RawSpan, emission: Emission): RawSpan =>
    options.planted !== undefined && tainted.has(emission) ? withoutPlanted(options.planted, raw) : raw
  const tell = createTeller(sink, receipts, count, { ...options, clean })
  const drops = createSdkDrops(names)

  const tellExposed = (body: Buffer, told: ReturnType<typeof textsOfSpans>, anyone: string) => {
    const { planted } = options
    if (planted === undefined) return
    for (const fact of exposuresIn(planted, body, told, anyone, options.clock.now())) {
      count.told++
      sink.fact(fact)
    }
  }

  /** Ties a claimed trace to the traces one of its spans links to. */
  const tieLinks = ({ scanned }: WaitingSpan, trace: ClaimedTrace): readonly string[] => {
    const unknown = scanned.linked.filter((id) => !trace.tied.has(id))
    const fresh = unknown.slice(0, MAX_FOLLOWED - trace.followed)
    trace.followed += fresh.length
    count.unfollowedLinks += unknown.length - fresh.length
    for (const id of fresh) trace.tied.add(id)
    return fresh
  }

  /** Claims a trace and every trace tied to it, and tells what waits of them. */
  const claimTrace = (traceId: string, holders: Iterable<string>) => {
    const from = [...holders]
    const open = [traceId]
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const held = claims.holdTrace(next, from)
      if (held === undefined) continue
      const { trace, isNew } = held
      if (isNew) {
        claimedNow.push(next)
        tellWaiting(trace)
      }
      open.push(...trace.tied)
    }
  }

  /** What a request's own later spans claimed of its earlier ones, which have only now begun to wait. */
  const tellClaimedNow = () => {
    for (const traceId of claimedNow) {
      const trace = claims.trace(traceId)
      if (trace === undefined) continue
      tellWaiting(trace)
      for (const tied of trace.tied) claimTrace(tied, trace.holders)
    }
  }

  const tellWaiting = (trace: ClaimedTrace) => {
    for (const id of unclaimed.tracesLinkingTo(trace.traceId)) trace.tied.add(id)
    for (const waiting of unclaimed.take(trace.traceId)) {
      tell.span(waiting, trace)
      tieLinks(waiting, trace)
      tell.receipt(waiting.receipt)
    }
    for (const gap of aged.take(trace.traceId)) tell.gap(gap)
  }

  /** Who claims a span of an unclaimed trace, by its keys or by a trace it links to. */
  const holdersOf = ({ scanned }: WaitingSpan): Set<string> | undefined => {
    let holders: Set<string> | undefined
    const add = (more: Iterable<string>) => {
      for (const holder of more) holders = (holders ?? new Set<string>()).add(holder)
    }
    for (const key of scanned.keys) add(claims.holdersOf(key.text))
    for (const key of scanned.emission.emitter.keys) add(claims.holdersOf(key.text))
    for (const linked of scanned.linked) {
      const trace = claims.trace(linked)
      if (trace === undefined) continue
      add(trace.holders)
      if (trace.tied.size < MAX_TIES) trace.tied.add(scanned.traceId)
    }
    return holders
  }

  /** Tells a span that is somebody's, now or by what it carries; false when it is nobody's. */
  const tellIfClaimed = (waiting: WaitingSpan): boolean => {
    const { traceId } = waiting.scanned
    const holders = holdersOf(waiting)
    if (holders !== undefined) claimTrace(traceId, holders)
    const trace = claims.trace(traceId)
    if (trace === undefined) return false
    tell.span(waiting, trace)
    for (const linked of tieLinks(waiting, trace)) claimTrace(linked, trace.holders)
    return true
  }

  const forget = (now: UnixNanos) => {
    const gaps = new Map<string, Gap>()
    for (const { span, why } of unclaimed.forget(now)) {
      if (why === 'crowded') {
        count.crowdedOut++
        widenGap(gaps, span)
      } else {
        count.agedOut++
        for (const gap of aged.add(span)) tell.gap(gap)
      }
    }
    for (const gap of gaps.values()) tell.gap(gap)
  }

  const meet = ({ kind, value }: FoundKey) => {
    if (kind === 'order') options.onStranger?.({ kind, value })
  }

  const take = (scanned: ScannedExport): Taken => {
    const now = options.clock.now()
    const byInstance = receipts.of(scanned, now)
    const wanted = new Set<Receipt>()
    const foreign: WaitingSpan[] = []
    claimedNow = []
    for (const span of scanned.spans) {
      const receipt = byInstance.get(span.emission.emitter.instance)
      if (receipt === undefined) continue
      const waiting: WaitingSpan = { scanned: span, receipt, request: undefined, next: undefined }
      if (tellIfClaimed(waiting)) wanted.add(receipt)
      else foreign.push(waiting)
    }
    unclaimed.add(foreign, scanned.bytes, now)
    tellClaimedNow()
    if (options.onStranger !== undefined) for (const { scanned: span } of foreign) span.keys.forEach(meet)
    for (const receipt of byInstance.values()) {
      if (wanted.has(receipt) || tell.isWatched(receipt.coverage.service)) tell.receipt(receipt)
    }
    forget(now)
    count.requests++
    count.spans += scanned.spans.length
    count.rejected += scanned.rejected.length
    return { rejected: scanned.rejected.length, why: scanned.rejected[0]?.why ?? null }
  }

  const takeSpans = (body: Buffer, scanned: ScannedExport): Taken => {
    // Once for both: before any span is told, and the telling afterwards.
    const suspect = options.planted?.mayHold(body) === true
    if (suspect) for (const { emission } of scanned.spans) tainted.add(emission)
    const taken = take(scanned)
    if (!suspect) return taken
    const anyone = scanned.spans[0]?.emission.emitter.service ?? 'unknown_service'
    tellExposed(body, textsOfSpans(scanned), anyone)
    return taken
  }

  return {
    takeProtobuf: (body) => takeSpans(body, scanProtobuf(body, names)),
    takeJson: (body) => takeSpans(body, scanJson(body, names)),
    takeLogs: (form, body) => {
      const read = form === 'protobuf' ? readLogsProtobuf : readLogsJson
      if (options.planted?.mayHold(body) === true) tellExposed(body, textsOfLogs(read(body)), 'unknown_service')
      return NOTHING_REJECTED
    },
    takeMetrics: (form, body) => {
      const read = form === 'protobuf' ? readSumsProtobuf : readSumsJson
      for (const drop of drops.take(read(body, isSpanCounter))) tell.gap(drop)
      return NOTHING_REJECTED
    },
    claim: (keys, holder) => {
      for (const key of keys) {
        const text = keyText(key)
        const name = holder ?? text
        if (!claims.hold(key, name)) continue
        if (key.kind === 'trace') claimTrace(key.value, [name])
        else for (const traceId of unclaimed.tracesWithKey(text)) claimTrace(traceId, [name])
      }
    },
    release: (keys, holder) => claims.release(keys, holder),
    forget: () => forget(options.clock.now()),
    counts: () => ({
      ...count,
      refusedTraces: claims.refused,
      waitingSpans: unclaimed.spans,
      waitingBytes: unclaimed.bytes,
    }),
  }
}
