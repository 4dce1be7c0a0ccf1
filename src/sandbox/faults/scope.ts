import { z } from 'zod'

/** For what a fault is switched on: one order by its external reference or id, all orders, or a whole process. */
export const faultScope = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('order'), reference: z.string().min(1).max(200) }),
  z.strictObject({ kind: z.literal('process') }),
])

export type FaultScope = z.output<typeof faultScope>

/** The body of `PUT /faults/{name}`. */
export const faultOrder = z.strictObject({ scope: faultScope })
