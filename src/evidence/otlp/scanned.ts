import type { UnixNanos } from '../../shared/units.ts'
import type { Emitter } from './emitter.ts'
import type { RawSpan } from './raw-span.ts'
import type { FoundKey } from './recognised.ts'

/** The spans of one emitter and one instrumentation scope in one export request. */
export interface Emission {
  readonly emitter: Emitter
  readonly scope: string
  /** Reads the span at a position of this emission in full; may throw `MalformedExport`. */
  read(position: number): RawSpan
}

/** What is looked at in every span, whoever it belongs to. Reading the rest waits until somebody claims it. */
export interface ScannedSpan {
  readonly emission: Emission
  /** Where the emission finds the span again. */
  readonly position: number
  readonly traceId: string
  /** Keys found in the span's own attributes. */
  readonly keys: readonly FoundKey[]
  /** Traces it links to. */
  readonly linked: readonly string[]
  readonly end: UnixNanos
}

/** One export request, looked through. */
export interface ScannedExport {
  readonly spans: readonly ScannedSpan[]
  /** Spans refused one by one, by emitter. */
  readonly rejected: readonly Rejection[]
  /** What keeping the request alive costs, in bytes. */
  readonly bytes: number
}

export interface Rejection {
  readonly emitter: Emitter
  readonly why: string
}

export const NO_KEYS: readonly FoundKey[] = []
export const NO_LINKS: readonly string[] = []
