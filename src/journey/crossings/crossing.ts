import type { RequestMade, SourceName, SpanEnded } from '../../evidence/fact.ts'
import type { UnixNanos } from '../../shared/units.ts'
import type { Act } from '../act.ts'
import type { Point } from '../clocks/solve.ts'
import type { Hop } from '../journey.ts'

/** What is known of one crossing of a hand-off, before it is laid on the path. */
export interface Crossing {
  readonly started: Point | null
  readonly ended: Point | null
  /** The sender's act (publish, call, statement), if a span tells of it. */
  readonly sender: Act | null
  /** The receiver's act (consume, serve), if a span tells of it. */
  readonly receiver: Act | null
  /** The request of a person or probe that made the crossing, if it did. */
  readonly request: RequestMade | null
  readonly context: Hop['context']
  readonly witnesses: readonly SourceName[]
  /** When the message came into the broker and was handed out, both by the broker's one clock, where it tells. */
  readonly dwell?: { readonly from: Point; readonly to: Point }
}

export const NOT_SEEN: Crossing = {
  started: null,
  ended: null,
  sender: null,
  receiver: null,
  request: null,
  context: 'unknown',
  witnesses: [],
}

export const startOf = ({ fact }: Act): Point => pointOf(fact, fact.span.start)
export const endOf = ({ fact }: Act): Point => endOfSpan(fact)
export const endOfSpan = (fact: SpanEnded): Point => pointOf(fact, fact.span.end)

const pointOf = ({ id, span, seenAt }: SpanEnded, at: UnixNanos): Point => ({
  clock: span.instance,
  earliest: at,
  latest: at,
  seenAt,
  span: id,
})

export const sourcesOf = (acts: readonly (Act | null | undefined)[]): readonly SourceName[] => [
  ...new Set(acts.flatMap((act) => (act ? [act.fact.source] : []))),
]
