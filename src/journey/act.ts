import type { SpanEnded } from '../evidence/fact.ts'
import type { Span } from '../evidence/span.ts'

/** Where a message went or came from, as far as one instrumentation tells; null for what it does not tell. */
export interface MessageAddress {
  readonly exchange: string | null
  readonly key: string | null
  readonly queue: string | null
  readonly messageId: string | null
}

export interface ActError {
  readonly type: string
  readonly message: string
}

interface ActCommon {
  readonly fact: SpanEnded
  readonly span: Span
  /** Null when the span ended well. */
  readonly error: ActError | null
}

interface HttpAct extends ActCommon {
  readonly method: string
  readonly path: string | null
  readonly route: string | null
  readonly httpStatus: number | null
}

/** What one span says was done, in one vocabulary for all languages and generations of attribute names. */
export type Act =
  | (ActCommon & { readonly op: 'publish'; readonly message: MessageAddress })
  | (ActCommon & { readonly op: 'consume'; readonly message: MessageAddress })
  | (HttpAct & { readonly op: 'serve' })
  | (HttpAct & { readonly op: 'call' })
  | (ActCommon & { readonly op: 'sql'; readonly verb: string; readonly text: string })
  | (ActCommon & {
      readonly op: 'storage'
      readonly operation: string
      readonly bucket: string | null
      readonly key: string | null
    })
  | (ActCommon & { readonly op: 'internal' })

export type ActOf<Op extends Act['op']> = Extract<Act, { readonly op: Op }>
