import { z } from 'zod'

/** For what a fault is switched on: one order by its external reference or id, all orders, a whole process, or the broker. */
export const faultScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('order'), reference: z.string().min(1).max(200) }),
  z.strictObject({ kind: z.literal('process') }),
  z.strictObject({ kind: z.literal('broker') }),
])

export type FaultScope = z.output<typeof faultScope>

/** Whether two scopes mean the same. */
export const sameScope = (one: FaultScope, other: FaultScope): boolean =>
  one.kind === 'order' && other.kind === 'order' ? one.reference === other.reference : one.kind === other.kind

/** The body of `PUT /faults/{name}`, and of a `DELETE` that clears one scope of several. */
const faultOrder = z.strictObject({ scope: faultScope })

/** What a request to a control port asks to be changed. */
export interface FaultRequest {
  readonly name: string
  /** Undefined: none was given, or what was given is no scope. */
  readonly scope: FaultScope | undefined
  /** Whether a scope was given at all, right or wrong. */
  readonly scoped: boolean
}

const PATH = /^\/faults\/([a-z0-9-]+)$/

/** Reads `/faults/{name}`, with the scope in the body or, for one order, as `?reference=…`; undefined for another path. */
export function readFaultRequest(pathAndQuery: string, body: unknown): FaultRequest | undefined {
  const { pathname, searchParams } = new URL(pathAndQuery, 'http://control')
  const name = PATH.exec(pathname)?.[1]
  if (name === undefined) return undefined
  const reference = searchParams.get('reference')
  const given = body ?? (reference === null ? undefined : { scope: { kind: 'order', reference } })
  const read = faultOrder.safeParse(given)
  return { name, scope: read.data?.scope, scoped: given !== undefined }
}
